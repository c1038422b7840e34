/** Whether a frame of VP9 is a key frame, by the beginning of its header: what comes by RTP is not marked. */
export function isVp9Key(data: Uint8Array | null): boolean {
  const [first = 0] = data ?? []
  if (first >> 6 !== 2) return false
  // Of profile 3 a reserved bit follows. Then `show_existing_frame` and `frame_type`, both 0.
  const isProfile3 = (first & 0x30) === 0x30
  return ((isProfile3 ? first >> 1 : first >> 2) & 3) === 0
}
