import { useSyncExternalStore } from 'react'
import type { Severity } from '../../shared/severities.ts'
import { createListeners } from '../ui/listeners.ts'

/**
 * - unused: nothing was to sound so far, or the loudspeaker is being opened.
 * - blocked: the browser lets no page sound before somebody clicked in it.
 * - unable: there is no sound here.
 */
type VoiceState = 'unused' | 'ready' | 'blocked' | 'unable'

/** A loudspeaker that may sound is suspended at first, too; after this time it is blocked, ms. */
const startsInMs = 1_000

let context: AudioContext | null = null
let state: VoiceState = 'unused'
let sounding: { readonly severity: Severity; readonly source: AudioBufferSourceNode } | null = null
const buffers = new Map<Severity, AudioBuffer>()
const { subscribe, notify } = createListeners()

function readState() {
  const next = context === null ? state : context.state === 'running' ? 'ready' : 'blocked'
  if (next === state) return
  state = next
  notify()
}

/** Opens the loudspeaker, which the browser may keep blocked until somebody clicks. */
export function prepareVoice(): AudioContext | null {
  if (context !== null || state === 'unable') return context
  try {
    context = new AudioContext()
  } catch {
    state = 'unable'
    notify()
    return null
  }
  context.addEventListener('statechange', readState)
  setTimeout(readState, startsInMs)
  if (context.state === 'running') readState()
  return context
}

/** Within a click or a key this succeeds; else the browser leaves it blocked. */
export function unblockVoice(): void {
  if (context !== null && context.state !== 'running') void context.resume().then(readState, readState)
}

const gestures = ['pointerdown', 'keydown']
/** Unblocks it at the next click or key, whatever that is for. Returns the function that ends this. */
export function unblockAtGestures(): () => void {
  for (const gesture of gestures) document.addEventListener(gesture, unblockVoice, { capture: true })
  return () => {
    for (const gesture of gestures) document.removeEventListener(gesture, unblockVoice, { capture: true })
  }
}

function open(ctx: AudioContext, severity: Severity, loop: boolean) {
  const buffer = buffers.get(severity) ?? bufferOf(ctx, severity)
  buffers.set(severity, buffer)
  const source = ctx.createBufferSource()
  source.buffer = buffer
  source.loop = loop
  source.connect(ctx.destination)
  source.start()
  return { severity, source }
}
function bufferOf(ctx: AudioContext, severity: Severity): AudioBuffer {
  const samples = drawSignal(signals[severity])
  const buffer = ctx.createBuffer(1, samples.length, sampleRate)
  buffer.copyToChannel(samples, 0)
  return buffer
}

/** Sounds the signal of a severity again and again until it is called with another one; null: silence. */
export function speak(severity: Severity | null): void {
  if (sounding !== null && sounding.severity !== severity) {
    sounding.source.stop()
    sounding = null
  }
  if (severity === null) return
  const ctx = prepareVoice()
  if (ctx !== null) sounding ??= open(ctx, severity, true)
}

/** Sounds a signal once. Called within a click. */
export function tryVoice(severity: Severity): void {
  const ctx = prepareVoice()
  if (ctx === null) return
  unblockVoice()
  open(ctx, severity, false)
}

export function useVoice(): VoiceState {
  return useSyncExternalStore(subscribe, () => state)
}
/** A tone of a signal: pitch in Hz, begin and length in seconds. */
interface Tone {
  readonly hz: number
  readonly at: number
  readonly seconds: number
}
interface Signal {
  readonly tones: readonly Tone[]
  /** From one begin to the next, s. */
  readonly everySeconds: number
  /** Loudness, 0 to 1. */
  readonly gain: number
}
const row = (hz: readonly number[], seconds: number, apart: number): readonly Tone[] => hz.map((pitch, place) => ({ hz: pitch, at: place * apart, seconds }))
/** The worse, the higher, the more tones and the sooner again, so that each is recognized without looking. */
export const signals: Readonly<Record<Severity, Signal>> = {
  critical: { tones: [...row([988, 784, 988, 784, 988], 0.13, 0.17)], everySeconds: 3, gain: 0.28 },
  major: { tones: row([659, 659, 880], 0.18, 0.26), everySeconds: 8, gain: 0.23 },
  minor: { tones: row([523, 415], 0.3, 0.4), everySeconds: 20, gain: 0.19 },
  warning: { tones: row([349], 0.45, 0), everySeconds: 30, gain: 0.15 },
}
/** Samples a second: enough for these pitches, and a sixth of the memory of what sound cards take. */
export const sampleRate = 8_000
/** Tones begin and end softly, s: otherwise they click. */
const edgeSeconds = 0.015
/** One period of a signal, from -1 to 1. */
export function drawSignal({ tones, everySeconds, gain }: Signal): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(everySeconds * sampleRate)
  for (const { hz, at, seconds } of tones) {
    const first = Math.round(at * sampleRate)
    const count = Math.round(seconds * sampleRate)
    for (let place = 0; place < count; place++) {
      const time = place / sampleRate
      const edge = Math.min(1, time / edgeSeconds, (seconds - time) / edgeSeconds)
      // A second harmonic lets small loudspeakers be heard.
      const wave = 0.8 * Math.sin(2 * Math.PI * hz * time) + 0.2 * Math.sin(4 * Math.PI * hz * time)
      samples[first + place] = gain * Math.max(0, edge) * wave
    }
  }
  return samples
}
