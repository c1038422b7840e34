import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** How a file is described whose checksum is another one. */
export const changedBytes = 'its bytes are not those that were written (SHA-256)'

const pieceBytes = 1 << 20

/** SHA-256 of a file, hex. With `into`, the bytes are also copied to that file and synced. `between` is awaited after each megabyte, and may throw to stop. */
export async function hashFile(
  file: string,
  { into, between }: { readonly into?: string; readonly between?: () => Promise<void> } = {},
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  await using source = await open(file, 'r')
  await using target = into === undefined ? undefined : await open(into, 'w', 0o600)
  const piece = Buffer.allocUnsafe(pieceBytes)
  for (;;) {
    const { bytesRead } = await source.read(piece, 0, pieceBytes)
    if (bytesRead === 0) break
    const part = piece.subarray(0, bytesRead)
    hash.update(part)
    bytes += bytesRead
    if (target) await target.writeFile(part)
    await between?.()
  }
  await target?.sync()
  return { bytes, sha256: hash.digest('hex') }
}
