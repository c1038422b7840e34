/** Characters with the same meaning in every login shell between single quotes, and in an option of authorized_keys. */
const plain = /^[A-Za-z0-9 ,.:;/=+*?(){}[\]<>|&#@^~_-]$/

/** bsd-csh refuses a word of 10,000 characters and more ("Word too long"). */
const longestWord = 4_000

/** The bytes of a text. TextEncoder belongs to browsers and to Node, not to the language, and `shared` has the language alone. */
function utf8(text: string): readonly number[] {
  const escaped = encodeURIComponent(text).match(/%..|./g) ?? []
  return escaped.map((one) => (one.length === 1 ? one.charCodeAt(0) : Number.parseInt(one.slice(1), 16)))
}

/**
 * The command that runs a POSIX-sh script with any login shell of the user: sh, bash, zsh, fish, csh. These
 * agree on single quotes only if there is no line break, backslash, quote or exclamation mark between them, so those are written
 * as octal numbers, which printf converts back. The script comes in parts, because csh limits the length of a word.
 */
export function scriptCommand(script: string): string {
  const words = ['']
  for (const byte of utf8(`set --\n${script}`)) {
    const character = String.fromCharCode(byte)
    const said = plain.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`
    if ((words.at(-1) ?? '').length + said.length > longestWord) words.push('')
    words[words.length - 1] += said
  }
  if (words.length > 9) throw new RangeError('The script is too long for one command.')
  const all = words.map((_, index) => `$${index}`).join('')
  return `exec sh -c 'eval "$(printf "${all}")"' ${words.map((word) => `'${word}'`).join(' ')}`
}
