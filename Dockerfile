# One image for the api, the workers and the one-shot migration: docker-compose.yml says which it is to be.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY . .
RUN npm ci --omit=dev --no-audit --no-fund \
    --workspace=@roleforge/api --workspace=@roleforge/worker --workspace=@roleforge/migrate

FROM node:24-slim
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=dependencies /app/package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/packages ./packages
COPY --from=dependencies /app/apps ./apps
USER node
EXPOSE 3000
CMD ["node", "apps/api/src/main.ts"]
