export { createSender, type Sender, type WayOut } from './send-delivery.ts';
export { signedHeaders } from './signed-headers.ts';
