import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Option } from 'commander'
import { errorCode } from '../configuration/errorCode.ts'
import { mistakeOf, type Problem } from '../shared/mistakes.ts'
import type { Rehearsal, RehearsedAlarm } from '../shared/rehearsal.ts'
import { ok, type Result } from '../shared/result.ts'
import type { RuleInput } from '../shared/rules.ts'
import { partOf } from '../shared/subjectNames.ts'
import { formatDateTime } from '../shared/units.ts'
import { markedText, visibleJson } from '../shared/visibleText.ts'
import { commandWords } from '../shared/words/commandText.ts'
import { type AskedConsole, askConsole, type CommandRefusal, unavailable, wrongUsage } from './askConsole.ts'
import { readConsoleAddress } from './consoleAddress.ts'
import { exitCodes } from './exitCodes.ts'
import { readMoment } from './exportSeries.ts'
import type { DataFlags, StoreCommandDeps } from './storeCommands.ts'
import { print, tell } from './terminal.ts'

export interface ConsoleFlags extends DataFlags {
  readonly url?: string
}
interface RulesFlags extends ConsoleFlags {
  readonly prometheus?: boolean
  readonly out?: string
}
interface RehearseFlags extends ConsoleFlags {
  readonly from: string
  readonly to: string
  readonly json?: boolean
}

/** Adds the commands that ask a running console about rules. */
export function addRuleCommands(program: Command, deps: StoreCommandDeps): void {
  const { commands, options } = commandWords.help
  ofConsole(program.command('rules').description(commands.rules))
    .option('--prometheus', options.prometheus)
    .option('--out <file>', options.out)
    .action(async (flags: RulesFlags) => {
      const asked = orFail(deps, consoleOf(deps, flags))
      const answer = orFail(deps, await askConsole(asked, flags.prometheus ? '/api/rules/prometheus' : '/api/rules/yaml'))
      const yaml = flags.prometheus ? await answer.text() : ((await answer.json()) as { readonly yaml: string }).yaml
      if (flags.out === undefined) return void process.stdout.write(yaml)
      orFail(deps, writeTo(flags.out, yaml))
    })
  ofConsole(program.command('rehearse <file>').description(commands.rehearse))
    .option('--from <time>', options.fromRehearsed, '-7d')
    .option('--to <time>', options.to, 'now')
    .option('--json', options.json)
    .action(async (file: string, flags: RehearseFlags) => {
      const period = orFail(deps, periodOf(flags, deps.clock.now()))
      const rules = orFail(deps, await readRules(file))
      const asked = orFail(deps, consoleOf(deps, flags))
      const rehearsals: Rehearsal[] = []
      for (const rule of rules) rehearsals.push((await orFail(deps, await askConsole(asked, '/api/rules/rehearse', { rule, ...period })).json()) as Rehearsal)
      if (flags.json) console.log(visibleJson(JSON.stringify({ rules: rehearsals }, null, 2)))
      else for (const rehearsal of rehearsals) printRehearsal(rehearsal)
    })
}

/** Adds how the console is named that a command asks. */
export function ofConsole(command: Command): Command {
  const { options } = commandWords.help
  return command
    .addOption(new Option('-c, --config <file>', options.configOfData))
    .option('--data-dir <folder>', options.data)
    .option('--url <url>', options.consoleUrl)
}
/** What was asked for, or the end of the command. */
export function orFail<Value>({ fail }: StoreCommandDeps, result: Result<Value, CommandRefusal>): Value {
  return result.ok ? result.value : fail(result.error.failure, exitCodes[result.error.kind])
}

/** The console at the address that was named, otherwise the one on the data folder. */
export function consoleOf({ configOf, stopSignal }: StoreCommandDeps, flags: ConsoleFlags): Result<AskedConsole, CommandRefusal> {
  const { dataDir, token, tokenFile } = configOf(flags)
  const url = flags.url ?? readConsoleAddress(dataDir)
  return url === null ? unavailable({ kind: 'noConsole', folder: dataDir }) : ok({ url, token, tokenFile, signal: stopSignal() })
}

export function periodOf(
  { from, to }: Pick<RehearseFlags, 'from' | 'to'>,
  now: number,
): Result<{ readonly from: number; readonly to: number }, CommandRefusal> {
  const [begin, end] = [readMoment(from, now), readMoment(to, now)]
  const problems: Problem[] = []
  if (begin === null) problems.push({ at: '', key: '--from', mistake: { kind: 'notATime', text: from } })
  if (end === null) problems.push({ at: '', key: '--to', mistake: { kind: 'notATime', text: to } })
  if (begin !== null && end !== null && end <= begin) problems.push({ at: '', key: '--to', mistake: { kind: 'endBeforeBegin' } })
  if (begin === null || end === null || problems.length > 0) return wrongUsage({ kind: 'problems', problems })
  return ok({ from: begin, to: end })
}

/** `rules:` of a configuration file, or the list alone. */
async function readRules(file: string): Promise<Result<readonly RuleInput[], CommandRefusal>> {
  let text: string
  try {
    // 0 is standard input.
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    return wrongUsage({ kind: 'rulesUnreadable', file, because: errorCode(error) })
  }
  const { readRulesYaml } = await import('../engine/alarms/ruleEdits.ts')
  const read = readRulesYaml(text)
  if (read.ok) return read
  return wrongUsage({ kind: 'problems', problems: read.error.map((issue) => ({ at: file, key: issue.path.join('.'), mistake: mistakeOf(issue) })) })
}

function printRehearsal({ rule, from, to, text = '', remarks = [], after }: Rehearsal): void {
  print(`${rule}, ${formatDateTime(from, 'local')} – ${formatDateTime(to, 'local')}: ${text}`)
  for (const alarm of after.alarms) print(`  ${alarmLine(alarm)}`)
  if (after.total > after.alarms.length) print(`  … (${after.total})`)
  for (const remark of remarks) tell(`  ${remark}`)
}
function alarmLine({ subject, serverName, severity, start, end, count }: RehearsedAlarm): string {
  const about = [partOf(subject), serverName].filter((name) => name !== null).map((name) => markedText(name))
  return [
    `${formatDateTime(start, 'local')} – ${end === null ? '…' : formatDateTime(end, 'local')}`,
    severity,
    about.join(' · '),
    ...(count > 1 ? [`× ${count}`] : []),
  ].join('  ')
}

export function writeTo(file: string, text: string): Result<null, CommandRefusal> {
  try {
    writeFileSync(file, text)
    return ok(null)
  } catch (error) {
    return unavailable({ kind: 'notWritten', file, because: errorCode(error) })
  }
}
