export type { KnownEngine } from './containers.js';
export type { DeviceReport, FarEnd, NamespaceReport } from './device-reports.js';
export { traceDevices } from './trace-devices.js';
