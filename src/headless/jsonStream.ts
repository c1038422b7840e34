import { ReadableStream as NodeReadableStream } from 'node:stream/web'

/** Items in one piece: a megabyte, about 10 ms of work. Other work can run between two pieces. */
const itemsAtOnce = 1500

/** The JSON of a list in pieces; items are taken from the iterable as needed. */
export function* jsonList(items: Iterable<unknown>): Iterable<string> {
  yield '['
  let piece = ''
  let count = 0
  for (const item of items) {
    piece += `${count === 0 ? '' : ','}${JSON.stringify(item)}`
    if (++count % itemsAtOnce !== 0) continue
    yield piece
    piece = ''
  }
  yield `${piece}]`
}

/** A response in pieces, produced only as fast as it is read, so that a long one neither blocks the event loop nor fills memory. */
export function streamPieces(pieces: Iterable<string> | AsyncIterable<string>, headers: Readonly<Record<string, string>>): Response {
  const encoder = new TextEncoder()
  const encoded = (async function* () {
    for await (const piece of pieces) {
      await new Promise((resolve) => setImmediate(resolve))
      if (piece !== '') yield encoder.encode(piece)
    }
  })()
  return new Response(NodeReadableStream.from(encoded) as ReadableStream, { headers })
}

/** The same with JSON. */
export function streamJson(pieces: Iterable<string>, headers: Readonly<Record<string, string>> = {}): Response {
  return streamPieces(pieces, { ...headers, 'Content-Type': 'application/json' })
}
