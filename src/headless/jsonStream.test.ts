import { expect, test } from 'vitest'
import { jsonList, streamJson } from './jsonStream.ts'

test('pieces make the very JSON of the list', async () => {
  for (const count of [0, 1, 1499, 1500, 1501, 5000]) {
    const items = Array.from({ length: count }, (_, index) => ({ index, text: `"ü${index}"` }))
    expect(await streamJson(jsonList(items)).json()).toEqual(items)
  }
})

test('items are asked for when they are read, and no more when the reader leaves', async () => {
  let made = 0
  let ended = false
  function* items() {
    try {
      for (;;) yield { made: ++made }
    } finally {
      ended = true
    }
  }
  const reader = streamJson(jsonList(items())).body?.getReader()
  for (let i = 0; i < 3; i++) await reader?.read()
  await new Promise((resolve) => setImmediate(resolve))
  expect(made).toBeLessThan(10_000)
  await reader?.cancel()
  expect(ended).toBe(true)
})

test('others get their turn between two pieces', async () => {
  const done = streamJson(jsonList(Array.from({ length: 50_000 }, () => 0))).text()
  let turns = 0
  let finished = false
  void done.then(() => {
    finished = true
  })
  while (!finished) {
    turns++
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(turns).toBeGreaterThan(10)
})
