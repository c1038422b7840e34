/** Words of the pages Streams, Stream, Server, Settings and Welcome. */
export const enPages = {} as const
