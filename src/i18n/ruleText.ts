import type { Alarm } from '../shared/alarms.ts'
import type { Rehearsal, Unrehearsed } from '../shared/rehearsal.ts'
import { isShippedRule, type Rule, type ShippedRuleId } from '../shared/rules.ts'
import { eventLabel } from './eventText.ts'
import type { Language } from './languages.ts'
import { metricLabel } from './metricText.ts'
import { ruleCalled } from './remedyText.ts'
import { sayIn } from './say.ts'
import { inLine } from './texts.ts'

/** Name of a rule, as it was given; of one of the operator's own without, its metric. */
export function ruleName({ id, name, watches }: Pick<Rule, 'id' | 'name' | 'watches'>, language: Language): string {
  if (name) return name
  if (isShippedRule(id)) return ruleCalled(id, language)
  return 'metric' in watches && watches.metric !== null ? metricLabel(watches.metric, language) : id
}

/** What an alarm or incident is about: its rule, as the operator calls it, as we do, or by what it watches. */
export function ruleNameOf({ rule, ruleName: given, why }: Pick<Alarm, 'rule' | 'ruleName' | 'why'>, language: Language): string {
  if (given !== undefined) return given
  if (isShippedRule(rule)) return ruleCalled(rule, language)
  if ('metric' in why) return metricLabel(why.metric, language)
  return why.kind === 'happened' ? eventLabel(why.event.kind, language) : rule
}

/** The same within a line, where English and Russian begin names of ours small. */
export function ruleNameInLine(alarm: Parameters<typeof ruleNameOf>[0], language: Language): string {
  const name = ruleNameOf(alarm, language)
  return alarm.ruleName === undefined ? inLine(name, language) : name
}

/** Rules for which the same is to be done as for another one. */
const sameTodo = {
  hostDown: 'serverDown',
  onDemandFailed: 'sourceFailing',
  endedWhileRead: 'publisherChanged',
  slateOnAir: 'streamGone',
  backupMissed: 'storeFailing',
  serverHalted: 'serverDown',
  serverSilent: 'serverDown',
  diskUsed: 'diskFilling',
  hostClock: 'serverClock',
  bitrateUnusual: 'bitrateLow',
  probeBitrateLow: 'bitrateLow',
  pictureOneColour: 'pictureBlack',
  colourBarsOnAir: 'pictureBlack',
  pictureFrozen: 'pictureBlack',
  pictureStill: 'pictureBlack',
  soundClipped: 'soundSilent',
  loudnessOff: 'soundSilent',
  hostRestarted: 'serverRestarted',
  mediaServerRestarted: 'serverRestarted',
  codecChanged: 'publisherChanged',
  sizeChanged: 'publisherChanged',
  gopChanged: 'publisherChanged',
  probeFrameRateLow: 'framesInError',
  hostMemory: 'hostCpu',
  networkBusy: 'hostCpu',
} as const satisfies Partial<Record<ShippedRuleId, ShippedRuleId>>
type Described = Exclude<ShippedRuleId, keyof typeof sameTodo>

/** What to do about what a shipped rule finds; '' for other rules. */
export function ruleTodo(id: string, language: Language): string {
  if (!isShippedRule(id)) return ''
  const described: Described = id in sameTodo ? sameTodo[id as keyof typeof sameTodo] : (id as Described)
  return sayIn(language)(`rules.todo.${described}`)
}

/** How many alarms there would have been, and how many there are with the rule as it stands; '' where nothing was rehearsed. */
export function rehearsalText({ before, after, unrehearsed }: Pick<Rehearsal, 'before' | 'after' | 'unrehearsed'>, language: Language): string {
  if (unrehearsed.some(({ kind }) => kind === 'notKeptAsFigures')) return ''
  const facts = { after: after.total, before: before?.total, context: before?.total === after.total ? 'same' : undefined }
  return sayIn(language)(before === null ? 'rehearsals.alarms' : 'rehearsals.instead', facts)
}

/** What a rehearsal does not say, and why. */
export function unrehearsedText(remark: Unrehearsed, language: Language): string {
  return sayIn(language)(`rehearsals.unrehearsed.${remark.kind}`, { ...remark })
}
