/** What a dossier says of one session, in this order. */
export const sessionColumns = ['stream', 'server', 'role', 'protocol', 'address', 'user', 'agent', 'began', 'ended', 'bytes', 'lost'] as const
