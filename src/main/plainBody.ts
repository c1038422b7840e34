/**
 * Desktops of Linux read the body of a notification as markup, or not, and Electron passes it as it is. Names come from strangers: signs of markup
 * are replaced by ones that look like them.
 */
const lookAlikes: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '&': '＆' }

export function plainBody(text: string, platform = process.platform): string {
  return platform === 'linux' ? text.replaceAll(/[<>&]/g, (sign) => lookAlikes[sign] ?? sign) : text
}
