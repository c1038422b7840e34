// The desktop app for this system, by build/electron-builder.yml. Called by tools/pack.ts.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type CliOptions, type Configuration, Platform } from 'electron-builder'
import { parse } from 'yaml'
import { installedNode24 } from '../bin/node24.mjs'

const root = join(import.meta.dirname, '..')
const config = parse(readFileSync(join(root, 'build/electron-builder.yml'), 'utf8')) as Configuration

/**
 * What changes for the runtime that `ELECTRON_OVERRIDE_DIST_PATH` names. One of another version than package.json's makes a package to test with: it carries the
 * Node 24 of the install, on which the engine runs then, and leaves out the one fuse that it lacks.
 */
function ofRuntime(): Configuration {
  const electronDist = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (!electronDist) return {}
  const electronVersion = readFileSync(join(electronDist, 'version'), 'utf8').trim().replace(/^v/, '')
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly devDependencies: Readonly<Record<string, string>> }
  if (electronVersion === devDependencies.electron) return { electronDist, electronVersion }
  console.log(`Packed with Electron ${electronVersion} instead of ${devDependencies.electron}: a package to test with, not to pass on.`)
  const node = installedNode24()?.slice(root.length + 1)
  if (node === undefined) throw new Error('The Node 24 that "npm ci" installs is not there.')
  const { grantFileProtocolExtraPrivileges: _lacking, ...electronFuses } = config.electronFuses ?? {}
  return {
    electronDist,
    electronVersion,
    electronFuses,
    files: [
      ...[config.files ?? []].flat().filter((file) => !String(file).startsWith('!node_modules/node-{')),
      'bin/node24.mjs',
      '!node_modules/node-*/**',
      node,
    ],
    asarUnpack: [...[config.asarUnpack ?? []].flat(), 'bin/**', 'out/main/**', 'node_modules/**'],
  }
}

/** Packs the app into `dist`, with a file of `notices`, and returns the files that are passed on. `updates`: where it looks for newer versions. */
export async function packDesktop(dist: string, notices: string, updates: string | undefined): Promise<readonly string[]> {
  const changes = {
    ...ofRuntime(),
    directories: { ...config.directories, output: dist },
    extraMetadata: { ...config.extraMetadata, updates },
    extraResources: [...[config.extraResources ?? []].flat(), { from: notices, to: basename(notices) }],
  }
  // electron-builder changes what it is given.
  const made = (options: CliOptions) => build({ projectDir: root, config: structuredClone({ ...config, ...changes }), ...options })
  if (process.platform !== 'linux') return await made({})
  process.env.CUSTOM_FPM_PATH ??= join(root, 'build/fpm.mjs')
  const deb = await made({ targets: Platform.LINUX.createTarget('deb') })
  try {
    return [...deb, ...(await made({ targets: Platform.LINUX.createTarget('AppImage'), prepackaged: join(dist, 'linux-unpacked') }))]
  } catch (error) {
    console.log(
      `No AppImage was made: ${String(error)}\nIf electron-builder could not download its tools: name a folder with mksquashfs, desktop-file-validate, runtimes/runtime-${process.arch} and lib/${process.arch} with APPIMAGE_TOOLS_PATH.`,
    )
    return deb
  }
}
