import { execFile } from 'node:child_process'

/** How desktops tell that they show no notifications: a command, and what it prints then. Other systems keep it to themselves. */
const asks: readonly { readonly command: readonly [string, ...string[]]; readonly quiet: RegExp; readonly loud: RegExp }[] = [
  { command: ['gsettings', 'get', 'org.gnome.desktop.notifications', 'show-banners'], quiet: /^false\s*$/, loud: /^true\s*$/ },
  {
    command: [
      'busctl',
      '--user',
      'get-property',
      'org.freedesktop.Notifications',
      '/org/freedesktop/Notifications',
      'org.freedesktop.Notifications',
      'Inhibited',
    ],
    quiet: /^b true\s*$/,
    loud: /^b false\s*$/,
  },
]
const limitMs = 3_000

/** What a command printed; null: it is not there or it failed. */
const printed = ([program, ...args]: readonly [string, ...string[]]) =>
  new Promise<string | null>((resolve) => {
    execFile(program, args, { timeout: limitMs, maxBuffer: 10_000 }, (error, stdout) => resolve(error === null ? stdout : null))
  })

/** Whether the system's do-not-disturb is on; null: it can't be known. */
export async function readDoNotDisturb(): Promise<boolean | null> {
  if (process.platform !== 'linux') return null
  const answers = await Promise.all(asks.map(async ({ command, quiet, loud }) => ({ said: await printed(command), quiet, loud })))
  if (answers.some(({ said, quiet }) => said !== null && quiet.test(said))) return true
  return answers.some(({ said, loud }) => said !== null && loud.test(said)) ? false : null
}
