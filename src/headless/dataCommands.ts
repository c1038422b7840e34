import { resolve } from 'node:path'
import { listedPictures } from '../engine/snapshots/snapshotFiles.ts'
import { backUpData } from '../engine/storage/backUpData.ts'
import { momentOf } from '../engine/storage/backupManifest.ts'
import { restoreData } from '../engine/storage/restoreData.ts'
import { fileFaultText } from '../i18n/consoleTroubleText.ts'
import { formatNumber, formatSize } from '../shared/units.ts'
import { visibleJson } from '../shared/visibleText.ts'
import { checkCopy, checkData, knownForms } from './checkData.ts'
import { clock, configure, type DataFlags, exitCodes, fail, print, stopSignal, tell } from './command.ts'
import { readVersion } from './projectFiles.ts'

const version = readVersion()
const figure = (value: number) => formatNumber(value, 0, 'en')

const keyOfBackup = {
  included: "The key of the servers' passwords is in it: keep it as safe as the passwords themselves.",
  leftOut: "The servers' passwords are in it, encrypted; their key (secrets.key) is not. Keep a copy of it elsewhere, or back up with --with-key.",
  none: "The servers' passwords are in it, encrypted; their key is not in the data folder (a desktop's system keeps it), so on another machine they have to be entered again.",
}
export async function backUp(into: string, { withKey = false, ...flags }: DataFlags & { readonly withKey?: boolean }) {
  const { dataDir } = configure(flags)
  const steps = { check: checkCopy, pictures: listedPictures, onProgress: tell, signal: stopSignal() }
  const made = await backUpData({ clock, dataDir, into, withKey, version, forms: knownForms, ...steps })
  if (!made.ok) return fail(made.error)
  const { manifest, bytes, reused, kept, damaged } = made.value
  const already = reused > 0 ? `; ${figure(reused)} of them were there already` : ''
  print(`Backed up into ${resolve(into)}: ${figure(manifest.files.length)} files, ${formatSize(bytes, null, 'en')}${already}.`)
  print(keyOfBackup[manifest.key])
  for (const name of kept) tell(`${name} is of an earlier backup and not part of this one; it was left there.`)
  for (const { name, fault, words } of manifest.leftOut)
    tell(`Left out: ${name}, for ${fault === undefined ? words : fileFaultText(fault, 'en')}. "mtxdeck check" says more.`)
  for (const { name, fault } of damaged)
    tell(`Damaged in the console's data and so in the copy: ${name}: ${fileFaultText(fault, 'en')}. All else in it can be read.`)
  if (manifest.leftOut.length + damaged.length > 0) process.exitCode = exitCodes.storeTrouble
}

export async function restore(from: string, { replace = false, ...flags }: DataFlags & { readonly replace?: boolean }) {
  const { dataDir } = configure(flags)
  const restored = await restoreData({ clock, from, dataDir, replace, forms: knownForms, onProgress: tell })
  if (!restored.ok) return fail(restored.error)
  const { manifest, replaced, hasOwnKey } = restored.value
  print(`Restored into ${dataDir}: the backup of ${momentOf(manifest.madeAt)}, made by mtxdeck ${manifest.madeBy}.`)
  if (replaced !== null) print(`What was there lies in ${replaced}; delete it when you are sure.`)
  if (manifest.key === 'included') print("The key of the servers' passwords was restored too.")
  else if (hasOwnKey)
    print("The backup brought no key of the servers' passwords: that of this folder stays. Passwords that it does not open have to be entered again.")
  else print("The backup brought no key of the servers' passwords: copy the old folder's secrets.key beside main.db, or enter the passwords again.")
  for (const { name } of manifest.leftOut) tell(`${name} was damaged when the backup was made, and is not in it.`)
}

export async function check({ json = false, ...flags }: DataFlags & { readonly json?: boolean }) {
  const { dataDir } = configure(flags)
  const report = await checkData(dataDir, process.stderr.isTTY ? tell : () => {})
  if (report === null) return fail(`There is no console's data in ${dataDir}. Name its folder with --data-dir.`, exitCodes.usage)
  const { findings, done } = report
  if (json) console.log(visibleJson(JSON.stringify(report, null, 2)))
  else {
    const parts = { 'parts of history': done.parts, events: done.events, archives: done.archives, 'daily copies': done.backups }
    print(
      `Read in ${dataDir}: ${Object.entries(parts)
        .map(([what, count]) => `${what}: ${figure(count)}`)
        .join(', ')}.`,
    )
    for (const finding of findings) print(`WRONG: ${finding.file}: ${finding.words}. ${finding.todo}`)
    const { length } = findings
    print(length === 0 ? 'All of it is as it was written.' : length === 1 ? 'One thing is wrong.' : `${figure(length)} things are wrong.`)
  }
  process.exitCode = findings.length === 0 ? exitCodes.ok : exitCodes.storeTrouble
}
