import { describe, expect, it } from 'vitest'
import { AnswerFrame } from './answerFrame.ts'

const bytes = (text: string) => Buffer.from(text)
function answerOf(text: string, chunk: number) {
  const frame = new AnswerFrame('ab12', 1 << 20)
  let last: ReturnType<typeof frame.push> = 'more'
  for (let at = 0; at < text.length; at += chunk) {
    expect(last).toBe('more')
    last = frame.push(bytes(text.slice(at, at + chunk)))
  }
  return last === 'whole' ? frame.answer().toString() : last
}

describe('an answer', () => {
  it.each([1, 2, 3, 7, 64, 10_000])('is whole however it is cut in pieces (%i bytes)', (chunk) => {
    expect(answerOf('== cpu\n1 2 3\n== disk\n/\n== END ab12\n', chunk)).toBe('== cpu\n1 2 3\n== disk\n/\n')
    expect(answerOf('hello\nx == y\n== cpu\n1\n== END ab12\n', chunk)).toBe('== cpu\n1\n')
    expect(answerOf('== END ab12\n', chunk)).toBe('')
    expect(answerOf('noise\n== END ab12\n', chunk)).toBe('')
  })

  it('ends with its own END only, at the begin of a line', () => {
    const frame = new AnswerFrame('ab12', 1 << 20)
    expect(frame.push(bytes('== cpu\n== END ab11\n'))).toBe('more')
    expect(frame.push(bytes('x== END ab12\n'))).toBe('more')
    expect(frame.push(bytes('== END ab12'))).toBe('more')
    expect(frame.push(bytes('\n'))).toBe('whole')
  })

  it('may not grow beyond its bound', () => {
    const frame = new AnswerFrame('ab12', 100)
    expect(frame.push(bytes(`== cpu\n${'x'.repeat(90)}`))).toBe('more')
    expect(frame.push(bytes('xxxxxx'))).toBe('tooMuch')
  })
})
