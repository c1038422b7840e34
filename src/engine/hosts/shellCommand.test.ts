import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { killCommand, shellCommand, shellPid, withoutHello } from './shellCommand.ts'

const awkward = `printf '%s|' "it's" 'a"b' \`echo back\` '\\\\ \\n' '!x' '100%' 'ü €' "$(echo sub)" $((1+2))
printf 'second\\tline'`
const expected = `it's|a"b|back|\\\\ \\n|!x|100%|ü €|sub|3|second\tline`

describe('a command that runs a script', () => {
  const shells = ['sh', 'dash', 'bash', 'zsh', 'ksh', 'fish', 'csh', 'tcsh', 'busybox'].flatMap((name) =>
    ['/bin', '/usr/bin', '/usr/local/bin']
      .map((folder) => `${folder}/${name}`)
      .filter(existsSync)
      .slice(0, 1),
  )

  it.skipIf(shells.length === 0).each(shells)('comes through %s as it is', (shell) => {
    const output = execFileSync(shell, [...(shell.endsWith('busybox') ? ['sh'] : []), '-c', shellCommand(awkward)], { encoding: 'utf8' })
    expect(shellPid(output)).toBeGreaterThan(1)
    expect(withoutHello(output)).toBe(expected)
  })

  it('holds nothing that login shells read differently', () => {
    const command = shellCommand(awkward)
    expect(command).not.toMatch(/[\n!`]/)
    expect(command.match(/'/g)).toHaveLength(4)
    // A backslash is only ever followed by an octal number.
    expect(command.replace(/\\[0-7]{3}/g, '')).not.toContain('\\')
  })

  it('has no word that is too long for csh, however long the script is', () => {
    const command = shellCommand(awkward.repeat(100))
    expect(command.length).toBeGreaterThan(10_000)
    for (const word of command.match(/'[^']*'/g) ?? []) expect(word.length).toBeLessThan(9_000)
  })

  it.skipIf(shells.length === 0).each(shells)('comes through %s whole where it is longer than a word of csh may be', (shell) => {
    const long = `${'true some words\n'.repeat(700)}printf '%s|' "$#" end`
    const output = execFileSync(shell, [...(shell.endsWith('busybox') ? ['sh'] : []), '-c', shellCommand(long)], { encoding: 'utf8' })
    expect(withoutHello(output)).toBe('0|end|')
  })

  it('prints its process id in its first line, and nothing that would end others', () => {
    expect(shellPid('welcome\nmtxdeck-shell 4711\n== cpu\n')).toBe(4711)
    for (const output of [
      '',
      'mtxdeck-shell 1\n',
      'mtxdeck-shell 0\n',
      'mtxdeck-shell -1\n',
      'mtxdeck-shell 47',
      'xmtxdeck-shell 47\n',
      'mtxdeck-shell 1; x\n',
    ])
      expect(shellPid(output)).toBeNull()
    expect(killCommand(4711)).toContain('kill -9 -4711 ')
  })
})
