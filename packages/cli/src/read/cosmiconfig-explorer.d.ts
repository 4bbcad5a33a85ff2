/** What cosmiconfig 9.0.2 exports here; its own declarations leave it out as internal. */
declare module 'cosmiconfig/dist/Explorer.js' {
  import type { CosmiconfigResult, Options } from 'cosmiconfig';

  export class Explorer {
    constructor(options: Options & { readonly moduleName: string; readonly metaConfigFilePath: null });
    search(from: string): Promise<CosmiconfigResult>;
  }
}
