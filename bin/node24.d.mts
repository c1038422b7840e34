export const neededMajor: number
export const engineFlags: readonly string[]
export const engineEnv: Readonly<Record<string, string>>
export const findNode24: () => string | null
export const runOnNode24: (args: readonly string[], env?: NodeJS.ProcessEnv) => void
export const installedNode24: () => string | null
