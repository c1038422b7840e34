/** Whether no part of a stream's name stands for a folder where it becomes an address or a file. */
export function isPlainPath(path: string): boolean {
  return !path.split('/').some((part) => part === '.' || part === '..')
}
