declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB in memory; tables are ready after `createTableMs`. */
  export default function dynalite(options: { createTableMs: number }): Server;
}
