/** Whether no part of a stream's name stands for a folder where it becomes an address or a file. */
export const isPlainPath = (path: string): boolean => !path.split('/').some((part) => part === '.' || part === '..')
