import { randomInt } from 'node:crypto'

/** Marks the times that this process writes into pictures: those of its predecessors and of other consoles are of other clocks. */
export const signalOwner = randomInt(1, 65_536)
