/** Exit codes of the command line; 64 and above are those of sysexits.h. */
export const exitCodes = {
  ok: 0,
  /** `once`: a stream is stalled or on slate. */
  streamTrouble: 1,
  /** `check`, `backup`: something in the data folder is damaged. */
  storeTrouble: 1,
  /** `once`: a server did not answer. */
  serverTrouble: 2,
  /** Bad usage or configuration. */
  usage: 64,
  /** Something required is not available: a port, the data folder, Node 24. */
  unavailable: 69,
  /** A bug of ours; see the crash file. */
  crash: 70,
} as const
