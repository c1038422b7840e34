import type { z } from 'zod'
import type { Hello } from '../access.ts'
import type { DeckEvent } from '../events.ts'
import type { FleetChanges } from '../fleet.ts'
import type { StoreFigures } from '../history.ts'
import type { hostErrorSchema } from '../hosts.ts'
import type { Server } from '../servers.ts'
import type { StreamFacts } from '../streams.ts'
import type { Trouble } from '../troubles.ts'
import { hostErrorText } from './errorText.ts'
import { eventText } from './eventText.ts'
import type { Language } from './languages.ts'
import { cautionText, consoleTroubleText, secretsText, setAsideText } from './noticeText.ts'
import { reasonTextOrNull, troubleWords } from './reasonText.ts'

// What REST sends: the same things with their sentences.

export const eventInWords = (event: DeckEvent, language: Language): DeckEvent => ({ ...event, text: eventText(event, language) })

/** A host, or the test of one. */
export const hostInWords = <Asked extends { readonly error: z.infer<typeof hostErrorSchema> | null }>(host: Asked, language: Language): Asked =>
  host.error === null ? host : { ...host, error: { ...host.error, words: hostErrorText(host.error, language) } }

export const troubleInWords = (trouble: Trouble, language: Language): Trouble => ({ ...trouble, ...troubleWords(trouble, language) })

export const streamInWords = <Facts extends StreamFacts>(facts: Facts, language: Language): Facts => ({
  ...facts,
  reason: reasonTextOrNull(facts.why, language),
})

export const helloInWords = (hello: Hello, language: Language): Hello => ({
  ...hello,
  secrets: { ...hello.secrets, words: secretsText(hello.secrets.kept, language) },
})

export const serverInWords = (server: Server, language: Language): Server => ({
  ...server,
  warnings: server.cautions.map((caution) => cautionText(caution, language)),
})

export const storeInWords = (figures: StoreFigures, language: Language): StoreFigures => ({
  ...figures,
  setAside: figures.setAside.map((aside) => ({ ...aside, words: setAsideText(aside.damage, language) })),
  trouble: figures.why === null ? null : consoleTroubleText(figures.why, language),
})

export const changesInWords = (changes: FleetChanges, language: Language): FleetChanges => ({
  ...changes,
  streams: changes.streams.map((facts) => streamInWords(facts, language)),
  servers: changes.servers.map((server) => serverInWords(server, language)),
  troubles: changes.troubles?.map((trouble) => troubleInWords(trouble, language)) ?? null,
  consoleTrouble: reasonTextOrNull(changes.consoleWhy, language),
})
