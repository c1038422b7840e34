/**
 * What a remedy does to the stream or host that an alarm is about.
 * - kickPublisher: disconnects whoever publishes the stream; an encoder connects again.
 * - restartSource: has the server close and open again what it pulls.
 * - restartPath: has the server close and open again the path, whoever publishes it: publisher and readers are disconnected.
 * - runCommand: runs the command that the host has for one SSH key of its own (`command=` in authorized_keys).
 */
export const remedyActs = ['kickPublisher', 'restartSource', 'restartPath', 'runCommand'] as const
export type RemedyAct = (typeof remedyActs)[number]
