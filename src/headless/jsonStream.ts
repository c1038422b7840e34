/** Written at once: a megabyte, about 10 ms of work. Between two of these others get their turn. */
const itemsAtOnce = 1500

/** The JSON of a list in pieces; its items are asked for when their turn comes. */
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

/** An answer of JSON in pieces, made as fast as it is read: neither the event loop nor memory is held up by a long list. */
export function streamJson(pieces: Iterable<string>, headers: Readonly<Record<string, string>> = {}): Response {
  const iterator = pieces[Symbol.iterator]()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        await new Promise((resolve) => setImmediate(resolve))
        const next = iterator.next()
        if (next.done) controller.close()
        else controller.enqueue(encoder.encode(next.value))
      },
      cancel: () => void iterator.return?.(),
    },
    { highWaterMark: 1 },
  )
  return new Response(body, { headers: { ...headers, 'Content-Type': 'application/json' } })
}
