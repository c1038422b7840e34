import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { createSystemClock } from '../clock/clock.ts'
import { errorCode } from '../configuration/errorCode.ts'
import { problemsText } from '../i18n/validationErrorText.ts'
import type { Rehearsal, RehearsedAlarm } from '../shared/rehearsal.ts'
import type { RuleInput } from '../shared/rules.ts'
import { partOf } from '../shared/subjectNames.ts'
import { formatDateTime } from '../shared/units.ts'
import { type Problem, validationErrorOf } from '../shared/validationErrors.ts'
import { markedText, visibleJson } from '../shared/visibleText.ts'
import { type AskedConsole, askConsole, readConsoleAddress } from './askConsole.ts'
import { configure, type DataFlags, exitCodes, fail, print, type Surroundings, tell } from './command.ts'
import { readMoment } from './exportSeries.ts'

interface AskingFlags extends DataFlags {
  readonly url?: string
}
interface PeriodFlags extends AskingFlags {
  readonly from: string
  readonly to: string
}
const clock = createSystemClock()

/** The console at the address that was named, otherwise the one on the data folder. */
function consoleOf({ url, config, dataDir: folder }: AskingFlags, { env, stopSignal }: Surroundings): AskedConsole {
  const { dataDir, token, tokenFile } = configure({ ...(config !== undefined && { config }), ...(folder !== undefined && { dataDir: folder }) }, env)
  const address = url ?? readConsoleAddress(dataDir) ?? fail(`No console runs on ${dataDir}. Start it, or name one with --url.`)
  return { url: address, token, tokenFile, signal: stopSignal() }
}

function periodOf({ from, to }: PeriodFlags): { readonly from: number; readonly to: number } {
  const now = clock.now()
  const [begin, end] = [readMoment(from, now), readMoment(to, now)]
  const problems: Problem[] = []
  if (begin === null) problems.push({ at: '', key: '--from', validationError: { kind: 'notSuchAs', example: '2026-11-14T03:00:00Z, 1763089200000, -24h' } })
  if (end === null) problems.push({ at: '', key: '--to', validationError: { kind: 'notSuchAs', example: '2026-11-14T03:00:00Z, 1763089200000, -24h' } })
  if (begin !== null && end !== null && end <= begin) problems.push({ at: '', key: '--to', validationError: { kind: 'endBeforeBegin' } })
  if (begin === null || end === null || problems.length > 0) return fail(problemsText(problems, 'en'), exitCodes.usage)
  return { from: begin, to: end }
}

/** `rules:` of a configuration file, or the list alone. */
async function readRules(file: string): Promise<readonly RuleInput[]> {
  let text: string
  try {
    // 0 is standard input.
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    return fail(`${file} can't be read (${errorCode(error)})`, exitCodes.usage)
  }
  const { readRulesYaml } = await import('../engine/alarms/ruleEdits.ts')
  const read = readRulesYaml(text)
  if (read.ok) return read.value
  const problems = read.error.map((issue) => ({ at: file, key: issue.path.join('.'), validationError: validationErrorOf(issue) }))
  return fail(problemsText(problems, 'en'), exitCodes.usage)
}

function printRehearsal({ rule, from, to, text = '', remarks = [], after }: Rehearsal): void {
  print(`${rule}, ${formatDateTime(from, 'local')} – ${formatDateTime(to, 'local')}: ${text}`)
  for (const alarm of after.alarms) print(`  ${alarmLine(alarm)}`)
  if (after.total > after.alarms.length) print(`  … (${after.total})`)
  for (const remark of remarks) tell(`  ${remark}`)
}
function alarmLine({ subject, serverName, severity, start, end, count }: RehearsedAlarm): string {
  const about = [partOf(subject), serverName].filter((name) => name !== null).map((name) => markedText(name))
  const period = `${formatDateTime(start, 'local')} – ${end === null ? '…' : formatDateTime(end, 'local')}`
  return [period, severity, about.join(' · '), ...(count > 1 ? [`× ${count}`] : [])].join('  ')
}

function writeOut(text: string, out: string | undefined): void {
  if (out === undefined) return void process.stdout.write(text)
  try {
    writeFileSync(out, text)
  } catch (error) {
    fail(`${out} cannot be written (${errorCode(error)}).`)
  }
}

/** Adds the commands that ask a running console: rules, rehearse, dossier. */
export function addRestCommands(program: Command, around: Surroundings): void {
  const ofConsole = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'configuration (YAML) that names the data folder')
      .option('--data-dir <folder>', 'the data folder, where it is not the usual one or that of the configuration')
      .option('--url <url>', 'the console at this address, such as https://noc:8787; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE')

  ofConsole('rules', 'print what was entered about rules as YAML, or the rules in force for Prometheus, of a console that runs')
    .option('--prometheus', 'alerting rules for Prometheus, over /metrics')
    .option('--out <file>', 'where to write it, instead of printing it')
    .action(async ({ prometheus = false, out, ...flags }: AskingFlags & { readonly prometheus?: boolean; readonly out?: string }) => {
      const answer = await askConsole(consoleOf(flags, around), prometheus ? '/api/rules/prometheus' : '/api/rules/yaml')
      writeOut(prometheus ? await answer.text() : ((await answer.json()) as { readonly yaml: string }).yaml, out)
    })
  ofConsole('rehearse <file>', 'play changed or new rules over the past of a console that runs, and say which alarms there would have been')
    .option('--from <time>', 'ISO 8601, epoch milliseconds, or a time before now such as -7d; at most 31 days', '-7d')
    .option('--to <time>', 'as --from; not included', 'now')
    .option('--json', 'print JSON for scripts')
    .action(async (file: string, flags: PeriodFlags & { readonly json?: boolean }) => {
      const period = periodOf(flags)
      const rules = await readRules(file)
      const asked = consoleOf(flags, around)
      const rehearsals: Rehearsal[] = []
      for (const rule of rules) rehearsals.push((await (await askConsole(asked, '/api/rules/rehearse', { rule, ...period })).json()) as Rehearsal)
      if (flags.json) console.log(visibleJson(JSON.stringify({ rules: rehearsals }, null, 2)))
      else for (const rehearsal of rehearsals) printRehearsal(rehearsal)
    })
  ofConsole('dossier [incident]', 'write all that is known of an incident or a period as one HTML file, of a console that runs')
    .option('--from <time>', 'ISO 8601, epoch milliseconds, or a time before now such as -1h', '-1h')
    .option('--to <time>', 'as --from; not included', 'now')
    .option('--out <file>', 'where to write it, instead of printing it')
    .option('--language <tag>', 'language of the page: en, de, zh, ru or ko', 'en')
    .option('--hide-addresses', 'put stand-ins in place of addresses and users of clients')
    .action(
      async (incident: string | undefined, flags: PeriodFlags & { readonly out?: string; readonly language: string; readonly hideAddresses?: boolean }) => {
        const period = periodOf(flags)
        const query = new URLSearchParams({
          lang: flags.language,
          ...(incident === undefined && { since: String(period.from), until: String(period.to) }),
          ...(flags.hideAddresses && { hideAddresses: 'true' }),
        })
        const path = `/api/${incident === undefined ? '' : `incidents/${encodeURIComponent(incident)}/`}dossier?${query}`
        writeOut(await (await askConsole(consoleOf(flags, around), path)).text(), flags.out)
      },
    )
}
