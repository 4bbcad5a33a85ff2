/** Where state lives that a reboot may take: what it tells of does not survive one either. */
export const stateFolder = (): string => process.env['PIPEWRIGHT_STATE_DIR'] || '/run/pipewright';

/** No topology is called so. */
export const recordsFolder = (): string => `${stateFolder()}/.unchanged`;
