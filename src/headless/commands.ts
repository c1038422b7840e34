import type { Command } from 'commander'

/** All commands. What they do is loaded when they run: loading SQLite alone would slow down all others. */
export function addCommands(program: Command): void {
  const withConfig = (command: Command) => command.option('-c, --config <file>', 'configuration (YAML)')
  const withConsole = (command: Command) =>
    withConfig(command)
      .option('--listen <address>', 'where the console listens, such as 127.0.0.1:8787')
      .option('--metrics-listen <address>', 'where metrics alone are served, such as 127.0.0.1:9464')
      .option('--plain-http', 'accept tokens without TLS, which others on the network can read')
      .option('--data-dir <folder>', 'folder of the databases and logs')
      .option('--demo', 'watch the demo fleet, made-up media servers')
  const ofData = (command: Command) =>
    command
      .option('-c, --config <file>', 'configuration (YAML) that names the data folder')
      .option('--data-dir <folder>', 'the data folder, where it is not the usual one or that of the configuration')

  const consoles = () => import('./consoleCommands.ts')
  withConsole(program.command('start').description('open the desktop window, or the console in the browser where there is no display'))
    .option(
      '--attach <url>',
      'show an engine that runs elsewhere, such as https://noc:8787 or https://noc.example/mtx; its token is in MTXDECK_TOKEN or MTXDECK_TOKEN_FILE',
    )
    .action(async (flags) => (await consoles()).start(flags))
  withConsole(program.command('serve').description('run the console for browsers and scripts')).action(async (flags) => (await consoles()).serve(flags))
  program
    .command('open <file>')
    .description('show a bundle (.mtxdeck), read-only: in the window, or in the browser where there is no display')
    .option('--browser', 'in the browser, wherever a window could be shown')
    .option('--listen <address>', 'in the browser, at this address')
    .action(async (file, flags) => (await consoles()).openBundle(file, flags))
  withConfig(program.command('once').description('poll every server and read every probe once, and print what was found'))
    .option('--json', 'print JSON for scripts instead of a table')
    .option('--single', 'poll once instead of twice; bit rates stay unknown')
    .action(async (flags) => {
      process.exitCode = await (await import('./once.ts')).runOnce(flags)
    })
  withConfig(program.command('diagnose').description('write one file about this console to send to whoever helps; it holds no secrets'))
    .option('--data-dir <folder>', 'folder of the databases and logs')
    .option('--demo', "of the demo fleet's console")
    .option('-o, --output <file>', 'where to write it; "-" prints it')
    .action(async (flags) => (await import('./diagnose.ts')).writeDiagnosis(flags))
  program
    .command('demo')
    .description('run the demo fleet alone: media servers that speak the MediaMTX API, printed as a configuration')
    .option('--servers <number>', 'so many servers of one kind, instead of a few of every kind')
    .option('--paths <number>', 'streams on each of them; 100')
    .action(async (flags) => (await consoles()).runDemo(flags))

  const files = () => import('./dataCommands.ts')
  ofData(program.command('backup <folder>').description('copy servers, settings and history into a folder, while the console runs or not'))
    .option('--with-key', "with the key that opens the servers' passwords: who has the copy then has the passwords")
    .action(async (folder, flags) => (await files()).backUp(folder, flags))
  ofData(program.command('restore <folder>').description('put a backup into a data folder that no console uses'))
    .option('--replace', 'where the folder holds data already: they are renamed within it, not deleted')
    .action(async (folder, flags) => (await files()).restore(folder, flags))
  ofData(program.command('check').description('read everything in the data folder and say what is wrong; ends with 1 where something is'))
    .option('--json', 'print JSON for scripts')
    .action(async (flags) => (await files()).check(flags))
  program
    .command('check-config <file>')
    .description('check the keys of a mediamtx.yml, and the types of their values, before a server reads it; ends with 1 where something is wrong')
    .option('--version <version>', 'of MediaMTX; the newest known')
    .action(async (file, flags) => (await import('./checkConfig.ts')).checkConfig(file, flags))

  // For a machine without a window, and for who forgot his password.
  const accounts = () => import('./accountCommands.ts')
  const account = program.command('account').description('add an account, or give one a new password, while the console does not run')
  ofData(account.command('add <name>').description('add an account; its password is printed once'))
    .option('--administrator', 'as administrator, which the first account has to be')
    .action(async (name, flags) => (await accounts()).addAccount(name, flags))
  ofData(
    account.command('reset <name>').description('set a new password, which is printed once, enable the account, and remove all other ways to sign in to it'),
  ).action(async (name, flags) => (await accounts()).resetAccount(name, flags))
  ofData(account.command('unlock-desktop').description('remove the lock of the desktop app whose data folder this is')).action(async (flags) =>
    (await accounts()).unlockDesktop(flags),
  )
}
