import type { GuestPage, GuestPicture } from '../../shared/guests.ts'
import './guest.css'

// The page of a guest link. It asks the routes below its own address only, and imports nothing of the console, so that it is small.

const everyMs = 5_000
const stillEveryMs = 30_000
/** A picture that does not play is tried again after this time. */
const againMs = 20_000

/** Moments are told in the time of whoever looks. */
const headers = { 'X-Time-Zone': Intl.DateTimeFormat().resolvedOptions().timeZone }

const byId = (id: string) => document.getElementById(id) as HTMLElement
function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, more: Partial<HTMLElementTagNameMap[Tag]> = {}): HTMLElementTagNameMap[Tag] {
  return Object.assign(document.createElement(tag), more)
}

class Tile {
  readonly figure = element('figure')
  readonly #id: string
  readonly #image = element('img', { alt: '', hidden: true })
  readonly #video = element('video', { muted: true, playsInline: true, controls: true, hidden: true })
  readonly #button = element('button', { type: 'button' })
  readonly #note = element('small')
  readonly #name = element('b')
  readonly #said = element('span')
  #picture: GuestPicture | null = null
  #words: GuestPage['words'] | null = null
  #end: (() => void) | null = null
  #isOpening = false
  #isWanted: boolean
  #message = ''
  #stillAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY

  constructor(id: string, isWanted: boolean) {
    this.#id = id
    this.#isWanted = isWanted
    const screen = element('div', { className: 'screen' })
    const caption = element('figcaption')
    screen.append(this.#image, this.#video, this.#note, this.#button)
    caption.append(this.#name, this.#said)
    this.figure.append(screen, caption)
    this.#button.addEventListener('click', () => {
      this.#isWanted = true
      void this.#play(true)
    })
  }

  show(picture: GuestPicture, words: GuestPage['words']): void {
    this.#picture = picture
    this.#words = words
    this.figure.dataset.state = picture.state
    this.#name.textContent = picture.name
    this.#said.textContent = picture.said
    this.#button.textContent = words.play
    this.#button.setAttribute('aria-label', `${words.play}: ${picture.name}`)
    this.#video.setAttribute('aria-label', picture.name)
    if (picture.state === 'onAir' && this.#isWanted && performance.now() - this.#triedAt > againMs) void this.#play(false)
    if (picture.state !== 'onAir' && picture.state !== 'asleep') {
      this.#message = ''
      this.stop('')
    }
    this.#draw()
    if (this.#end === null && performance.now() - this.#stillAt > stillEveryMs) void this.#loadStill()
  }

  stop(note: string): void {
    this.#end?.()
    this.#end = null
    this.#video.hidden = true
    this.#message = note || this.#message
    if (note !== '') this.#note.textContent = note
    this.#draw()
  }

  #draw(): void {
    const canPlay = this.#picture?.state === 'onAir' || this.#picture?.state === 'asleep'
    this.#button.hidden = !canPlay || this.#end !== null || this.#isOpening
  }

  async #loadStill(): Promise<void> {
    this.#stillAt = performance.now()
    const answer = await fetch(`pictures/${this.#id}`, { headers }).catch(() => null)
    if (answer?.status !== 200) return
    URL.revokeObjectURL(this.#image.src)
    this.#image.src = URL.createObjectURL(await answer.blob())
    this.#image.hidden = false
    if (this.#end === null) this.#note.textContent = this.#message || decodeURIComponent(answer.headers.get('x-said') ?? '')
  }

  async #play(asked: boolean): Promise<void> {
    if (this.#end !== null || this.#isOpening) return
    this.#isOpening = true
    this.#triedAt = performance.now()
    this.#draw()
    try {
      const playsH265 = typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"')
      const answer = await fetch(`pictures/${this.#id}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ asked, playsH265 }),
      })
      const { address, playing, said = '' } = (await answer.json()) as { readonly address?: string; readonly playing?: string; readonly said?: string }
      if (address === undefined) this.stop(said)
      else await this.#begin(address, `playing/${playing}`)
    } catch {
      // Tried again with the next reading of the page.
    } finally {
      this.#isOpening = false
      this.#draw()
    }
  }

  /** `playing`: to be deleted when it is not shown any more. */
  async #begin(address: string, playing: string): Promise<void> {
    const { default: HlsPlayer } = await import('hls.js')
    const seen = () => {
      this.#video.hidden = false
      this.#message = ''
      // Sound alone is a black picture.
      const isSound = this.#video.readyState > 0 && this.#video.videoWidth === 0
      this.#note.textContent = isSound ? (this.#words?.noVideo ?? '') : ''
    }
    const close = () => void fetch(playing, { method: 'DELETE', keepalive: true }).catch(() => {})
    if (!HlsPlayer.isSupported()) {
      // Browsers of some phones play it themselves.
      Object.assign(this.#video, { src: address, onplaying: seen, onerror: () => this.#failed('') })
      this.#end = () => {
        this.#video.removeAttribute('src')
        close()
      }
      return void this.#video.play().catch(() => {})
    }
    const player = new HlsPlayer({ lowLatencyMode: true, backBufferLength: 10, maxBufferLength: 10, maxLiveSyncPlaybackRate: 1.08 })
    this.#end = () => {
      player.destroy()
      close()
    }
    player.on(HlsPlayer.Events.ERROR, (_, error) => {
      if (!error.fatal) return
      this.#failed(error.networkDetails instanceof XMLHttpRequest ? error.networkDetails.response : null)
    })
    player.on(HlsPlayer.Events.FRAG_BUFFERED, seen)
    player.loadSource(address)
    player.attachMedia(this.#video)
    await this.#video.play().catch(() => {})
  }

  /** What somebody else took away is not taken back by itself. */
  #failed(response: unknown): void {
    const isReplaced = kindOf(response) === 'replaced'
    if (isReplaced) this.#isWanted = false
    this.stop(this.#words?.[isReplaced ? 'replaced' : 'noPicture'] ?? '')
  }
}

/** Why the relay does not give a picture. */
function kindOf(response: unknown): string {
  try {
    const text = response instanceof ArrayBuffer ? new TextDecoder().decode(response) : String(response)
    return (JSON.parse(text) as { readonly why: { readonly kind: string } }).why.kind
  } catch {
    return ''
  }
}

const tiles = new Map<string, Tile>()
let words: GuestPage['words'] | null = null
// Another page of the link has room at once.
addEventListener('pagehide', () => {
  for (const tile of tiles.values()) tile.stop('')
})

function draw(page: GuestPage): void {
  words = page.words
  document.title = page.title
  byId('title').textContent = page.title
  byId('ends').textContent = words.ends
  byId('more').textContent = words.more
  byId('trouble').textContent = page.pictures.length === 0 ? words.none : ''
  const shown = new Set(page.pictures.map(({ id }) => id))
  for (const [id, tile] of tiles) {
    if (shown.has(id)) continue
    tile.stop('')
    tile.figure.remove()
    tiles.delete(id)
  }
  const main = byId('pictures')
  for (const [place, picture] of page.pictures.entries()) {
    const tile = tiles.get(picture.id) ?? new Tile(picture.id, tiles.size < page.live)
    tiles.set(picture.id, tile)
    if (main.children[place] !== tile.figure) main.insertBefore(tile.figure, main.children[place] ?? null)
    tile.show(picture, page.words)
  }
}

async function read(): Promise<void> {
  try {
    const answer = await fetch('page', { headers })
    // It has ended, and says so by itself.
    if (answer.status === 410) return location.reload()
    const page = (await answer.json()) as GuestPage
    document.documentElement.lang = answer.headers.get('content-language') ?? 'en'
    draw(page)
  } catch {
    byId('trouble').textContent = words?.lost ?? ''
  }
  setTimeout(() => void read(), everyMs)
}
void read()
