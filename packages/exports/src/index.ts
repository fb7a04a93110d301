export { exportRole, type RoleExport } from './export-role.ts';
