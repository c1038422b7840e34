import { mostTall } from './readOptions.ts'

const even = (value: string) => `2*max(1\\,round((${value})/2))`
/** Width and height of FFmpeg's `scale`: no wider than wanted, no taller than `mostTall` times that, even, and never enlarged. */
export const scaledTo = (widthPx: number): string => `w=${even(`min(min(${widthPx}\\,iw)\\,iw*${mostTall * widthPx}/ih)`)}:h=${even('ih*ow/iw')}`
