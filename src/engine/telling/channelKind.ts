import type { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { MistakeNoun } from '../../shared/mistakes.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { HttpDoor } from './httpDoor.ts'
import type { Sent } from './sent.ts'
import type { Told } from './told.ts'

/** What every channel of the configuration file has. It never leaves the engine as a whole. */
export interface ChannelBase {
  readonly name: string
  /** Language of its messages; English by default. */
  readonly language?: Language | undefined
  /** From `secretFile` or `secretEnv`. */
  readonly secret?: string | undefined
}

/** What a channel may use to send. */
export interface SendContext {
  readonly clock: Clock
  readonly http: HttpDoor
  readonly signal: AbortSignal
}

/** Whether a channel has no secret, may or must have one. */
export type SecretUse = 'noSecret' | 'maySecret' | 'mustSecret'

/** The parts that forms of channels are built of. Each refuses with a mistake that has words in every language. */
export interface FormParts {
  /** A channel with these keys beside `name`, `language` and, where it has a secret, `secretFile` or `secretEnv`. */
  readonly channel: <Shape extends z.ZodRawShape>(shape: Shape, secret: SecretUse) => z.ZodType<z.output<z.ZodObject<Shape>> & ChannelBase>
  /** A URL, which may hold a secret; `key` stands for it in a mistake. */
  readonly httpUrl: (key: string) => z.ZodType<string>
  readonly headerName: z.ZodType<string, string>
  /** One line of text. */
  readonly line: (what: MistakeNoun) => z.ZodType<string>
}

/** A kind of channel. Its key in the configuration file is its name in the registry. */
export interface ChannelKind<Channel extends ChannelBase> {
  readonly form: (parts: FormParts) => z.ZodType<Channel>
  /** Where it sends to, for the screen: without secrets. */
  readonly origin: (channel: Channel) => string
  /** Rejects only if the signal was aborted. */
  readonly send: (channel: Channel, told: Told, context: SendContext) => Promise<Sent>
}
