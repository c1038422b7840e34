/** A body as it comes, to its end; null: it is longer than `most` bytes, and the rest is not read. */
export async function bodyWithin(body: AsyncIterable<Uint8Array> | null, most: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    // Leaving the loop closes the connection.
    if (bytes > most) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
