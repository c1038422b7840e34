import type { Page } from '@playwright/test'
import { type Catalogue, catalogueOf } from './said.ts'

// Which words on a page are English though another language was chosen.

/** A piece of text that somebody sees, hovers over, or hears from a screen reader. */
interface Piece {
  readonly text: string
  /** Where it stands, for whoever has to find it: the element, or the attribute. */
  readonly place: string
}

/** What texts may hold as they are in every language: protocols, codecs, units, names of programs and of keys. */
const terms = new Set(
  `mtxdeck apt-get apt get install mtxdeck-canary MediaMTX Prometheus EEMUA Healthchecks MO Webhook Liquid X-Team mediamtx FFmpeg ffmpeg node-av bubblewrap util-linux Chromium OpenSSH OpenSSL MTXDECK YAML CSV JSON JWT PEM API REST
   CDN CDNs RTSP RTSPS RTMP RTMPS RTP SRT GOP DNS HLS WebRTC WHEP WHEPS WHIP MoQ MPEG-TS MPEG TS TR PAT PMT PCR PTS EXTINF URI EXT-X-TARGETDURATION SSH TCP UDP HTTP HTTPS TLS IP IPv URL UTC ISO PID SHA
   H264 H265 AV1 VP8 VP9 Opus AAC MPEG-4 Audio FLAC LPCM G711 M-JPEG MJPEG KLV ID3 AC-3
   CPU GPU RAM RTT CET CEST GMT Linux macOS Windows Node Electron
   ssh-ed25519 AAAA bit kbit Mbit Gbit kB MB GB TB ms Hz kHz fps px steal iowait pprof systemd Docker
   Dossier HTML PDF Apple Enhanced mpegts profile
   Ctrl Cmd Alt Shift Enter Esc Tab
   Basic Bearer system JSON-Web-Token Web Token ftp SSH_AUTH_SOCK PATH BEGIN Deutsch English PNG alt Chrome GStreamer FMLE AVPlayer VLC High Main Baseline Constrained LC mono stereo AMD EPYC GHz per jitter RFC dB dBFS LUFS LU EBU R128 MTTR`
    .split(/\s+/)
    .map((term) => term.toLowerCase()),
)

/** The methods of RTSP (RFC 2326), in capitals only: Play, Record and Pause are words. */
const rtspMethods = new Set('OPTIONS DESCRIBE ANNOUNCE SETUP PLAY RECORD PAUSE TEARDOWN'.split(' '))

const word = /\p{Script=Latin}[\p{Script=Latin}'’]*(?:-\p{Script=Latin}+)*/gu

/** The messages of a catalogue by their ids, each with all its forms, without what is filled in; the nouns that are counted have other forms in each language. */
export function messagesOf(words: Catalogue, before = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value = ''] of Object.entries(words)) {
    if (`${before}${key}` === 'sentences.counts') continue
    const id = `${before}${key.replace(/_(one|two|few|many|other)$/, '')}`
    const texts = typeof value === 'string' ? [[id, value.replaceAll(/\{\{.*?\}\}/g, ' ')] as const] : messagesOf(value, `${id}.`)
    for (const [each, text] of texts) found.set(each, `${found.get(each) ?? ''} ${text}`)
  }
  return found
}
const wordsOf = (words: Catalogue): Set<string> =>
  new Set(
    Object.values(words).flatMap((value = '') =>
      typeof value === 'string' ? [...value.replaceAll(/\{\{.*?\}\}/g, ' ').matchAll(word)].map(([found]) => found.toLowerCase()) : [...wordsOf(value)],
    ),
  )
const english = wordsOf(catalogueOf('en'))

/**
 * Finds the words of a text that are English: in a language of Latin letters those that stand in the English catalogues and
 * not in its own, in any other all Latin ones.
 */
export function englishFinder(own: Catalogue, isLatin: boolean, data: ReadonlySet<string>): (text: string) => string[] {
  const said = wordsOf(own)
  return (text) => {
    const found = [...withoutData(text, data).matchAll(word)].map(([one]) => one)
    return [...new Set(found)].filter((one) => {
      const lower = one.toLowerCase()
      // Names of settings (readTimeout), units of one letter, and terms are the same everywhere.
      if (one.length < 2 || terms.has(lower) || rtspMethods.has(one) || /\p{Ll}\p{Lu}/u.test(one)) return false
      return !isLatin || (english.has(lower) && !said.has(lower))
    })
  }
}

/** What is no word at all: lines of logs, addresses, paths, names of files and hosts, hashes, keys, and what the demo calls its things. */
function withoutData(text: string, data: ReadonlySet<string>): string {
  // A line of a server's log is quoted as it is.
  let rest = text.replace(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d [A-Z]{3} [^“”„«»"]*/g, ' ')
  for (const name of data) if (name.includes(' ')) rest = rest.replaceAll(name, ' ')
  return rest
    .split(' ')
    .filter((token) => !data.has(token))
    .join(' ')
    .split(/[\s\p{Script=Han}\p{Script=Hangul}\p{Script=Cyrillic}，。、：；（）]+/u)
    .map((token) => token.replace(/^[^\p{L}\d]+|[^\p{L}\d]+$/gu, ''))
    .filter((token) => token !== '' && !data.has(token) && !/[/_@=]|\d|\w[.:]\w/.test(token))
    .join(' ')
}

/** Keeps what stands on each canvas, which no element tells. To be run before the page's own scripts. */
export function recordDrawnText(): void {
  const drawnOn = new WeakMap<HTMLCanvasElement, Set<string>>()
  Object.assign(globalThis, { drawnOn })
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.fillText = function (this: CanvasRenderingContext2D, text, ...rest) {
    const texts = drawnOn.get(this.canvas) ?? new Set()
    drawnOn.set(this.canvas, texts.add(text))
    return fillText.call(this, text, ...rest)
  }
  CanvasRenderingContext2D.prototype.clearRect = function (this: CanvasRenderingContext2D, x, y, width, height) {
    // Whoever draws anew begins by clearing the whole.
    const scale = this.getTransform().a
    if (x <= 0 && y <= 0 && width * scale >= this.canvas.width - 1 && height * scale >= this.canvas.height - 1) drawnOn.delete(this.canvas)
    return clearRect.call(this, x, y, width, height)
  }
}

/** All that a page says now, tooltips included. */
export const piecesOf = (page: Page): Promise<Piece[]> =>
  page.evaluate(async () => {
    const pieces = new Map<string, string>()
    const add = (text: string | null | undefined, place: string) => {
      const trimmed = text?.trim()
      if (trimmed && !pieces.has(trimmed)) pieces.set(trimmed, place)
    }
    const placeOf = (element: Element | null) =>
      element === null ? '' : `<${element.tagName.toLowerCase()}> in ${element.closest('[aria-label]')?.getAttribute('aria-label') ?? '?'}`
    // What somebody typed is not ours, Recharts keeps the text that it measured last far outside the page, and the manual is in English.
    const unspoken = 'script, style, pre, code, textarea, #recharts_measurement_span, [lang="en"] *'
    const gather = (root: Element) => {
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      while (texts.nextNode()) {
        const parent = texts.currentNode.parentElement
        if (parent && !parent.closest(unspoken) && parent.checkVisibility()) add(texts.currentNode.textContent, placeOf(parent))
      }
      for (const element of root.querySelectorAll('*:not([lang="en"] *)'))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext', 'aria-description', 'aria-roledescription'])
          add(element.getAttribute(name), `${name} of ${placeOf(element)}`)
    }
    add(document.title, 'document.title')
    gather(document.body)
    const { drawnOn } = globalThis as { readonly drawnOn?: WeakMap<HTMLCanvasElement, ReadonlySet<string>> }
    for (const canvas of document.querySelectorAll('canvas'))
      for (const text of drawnOn?.get(canvas) ?? []) add(text, `canvas in ${placeOf(canvas.parentElement)}`)
    // Tooltips open on focus; of rows that look alike the first few are enough.
    const seen = new Map<string, number>()
    for (const trigger of document.querySelectorAll<HTMLElement>('[data-state="closed"]:is(a, button, [tabindex])')) {
      if (trigger.hasAttribute('aria-haspopup') || trigger.closest('[aria-hidden="true"]')) continue
      const like = `${trigger.tagName} ${trigger.className}`
      const before = seen.get(like) ?? 0
      seen.set(like, before + 1)
      if (before >= 3) continue
      trigger.focus({ preventScroll: true })
      await new Promise((resolve) => setTimeout(resolve, 0))
      for (const tip of document.querySelectorAll('[role="tooltip"]')) add(tip.textContent, 'tooltip')
      trigger.blur()
    }
    return [...pieces].map(([text, place]) => ({ text, place }))
  })
