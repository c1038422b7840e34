import { describe, expect, it } from 'vitest'
import { askLine, createAnswerFrame, noiseLimit } from './askLine.ts'

const bytes = (text: string) => Buffer.from(text)
function answerOf(text: string, chunk: number) {
  const frame = createAnswerFrame('ab12', 1 << 20)
  let last: ReturnType<typeof frame.push> = { kind: 'more' }
  for (let at = 0; at < text.length; at += chunk) {
    expect(last.kind).toBe('more')
    last = frame.push(bytes(text.slice(at, at + chunk)))
  }
  return last.kind === 'answer' ? Buffer.from(last.answer).toString() : last.kind
}

describe('an answer', () => {
  it('is asked for by a line with an id', () => {
    expect(askLine('fs', 'ab12')).toBe('fs ab12\n')
  })

  it.each([1, 2, 3, 7, 64, 10_000])('is whole however it is cut in pieces (%i bytes)', (chunk) => {
    expect(answerOf('== cpu\n1 2 3\n== disk\n/\n== END ab12\n', chunk)).toBe('== cpu\n1 2 3\n== disk\n/\n')
    expect(answerOf('hello\nx == y\n== cpu\n1\n== END ab12\n', chunk)).toBe('== cpu\n1\n')
    expect(answerOf('== END ab12\n', chunk)).toBe('')
    expect(answerOf('noise\n== END ab12\n', chunk)).toBe('')
  })

  it('ends with its own END only, at the begin of a line', () => {
    const frame = createAnswerFrame('ab12', 1 << 20)
    expect(frame.push(bytes('== cpu\n== END ab11\n'))).toEqual({ kind: 'more' })
    expect(frame.push(bytes('x== END ab12\n'))).toEqual({ kind: 'more' })
    expect(frame.push(bytes('== END ab12')).kind).toBe('more')
    expect(frame.push(bytes('\n')).kind).toBe('answer')
  })

  it('may not grow beyond its bound', () => {
    const frame = createAnswerFrame('ab12', 100)
    expect(frame.push(bytes(`== cpu\n${'x'.repeat(90)}`)).kind).toBe('more')
    expect(frame.push(bytes('xxxxxx')).kind).toBe('tooMuch')
  })

  it('may be large, where it is one; and not where it is mere text', () => {
    const large = createAnswerFrame('ab12', 1 << 20)
    expect(large.push(bytes('== cpu\n')).kind).toBe('more')
    expect(large.push(Buffer.alloc(noiseLimit * 3, 'x')).kind).toBe('more')
    const late = createAnswerFrame('ab12', 1 << 20)
    expect(late.push(bytes('hello\n')).kind).toBe('more')
    expect(late.push(bytes(`== cpu\n${'x'.repeat(noiseLimit)}`)).kind).toBe('more')
    const noise = createAnswerFrame('ab12', 1 << 20)
    expect(noise.push(bytes('hello\n')).kind).toBe('more')
    expect(noise.push(Buffer.alloc(noiseLimit, 'x')).kind).toBe('noise')
  })

  it('of a command that has ended may have another id or none, but must be whole', () => {
    const ended = (text: string) => {
      const frame = createAnswerFrame('ab12', 1 << 20)
      frame.push(bytes(text))
      const answer = frame.ended()
      return answer === null ? null : Buffer.from(answer).toString()
    }
    expect(ended('motd\n== cpu\n1\n== END\n')).toBe('== cpu\n1\n')
    expect(ended('== cpu\n1\n== END other')).toBe('== cpu\n1\n')
    expect(ended('== cpu\n1\n')).toBeNull()
    expect(ended('== cpu\n1\n== END\nmore\n')).toBeNull()
    expect(ended('hello\n')).toBeNull()
    expect(ended('')).toBeNull()
  })
})
