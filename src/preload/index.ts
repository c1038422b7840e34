// Runs sandboxed beside the page, in a world of its own. It hands the page its port to the engine and the few calls of
// `Shell`; the page gets neither ipcRenderer nor anything of Node.
import { contextBridge, ipcRenderer } from 'electron'
import type { EngineLife, Shell } from '../shared/shell.ts'
import { shellChannels } from '../shared/shellChannels.ts'

let lastLife: EngineLife | null = null
const listeners = new Set<(life: EngineLife) => void>()

ipcRenderer.on(shellChannels.engine, (_event, life: EngineLife) => {
  lastLife = life
  for (const listener of listeners) listener(life)
})

ipcRenderer.on(shellChannels.port, (event) => {
  // A port can't pass through contextBridge; a message to our own window is the way Electron has for it.
  window.postMessage(shellChannels.port, window.location.origin, [...event.ports])
})

const shell: Shell = {
  connect: () => ipcRenderer.send(shellChannels.connect),
  onEngine: (listener) => {
    listeners.add(listener)
    if (lastLife !== null) listener(lastLife)
    return () => {
      listeners.delete(listener)
    }
  },
  saveFile: (name, content) => ipcRenderer.invoke(shellChannels.saveFile, name, content),
  exploreDemo: (demo) => ipcRenderer.send(shellChannels.demo, demo),
  setWorst: (verdict, worst, count) => ipcRenderer.send(shellChannels.worst, verdict, worst, count),
  hasNotices: ipcRenderer.sendSync(shellChannels.hasNotices),
  notify: (notice) => ipcRenderer.send(shellChannels.notify, notice),
  onNotice: (listener) => {
    const hear = (_event: unknown, to: string) => listener(to)
    ipcRenderer.on(shellChannels.notice, hear)
    return () => {
      ipcRenderer.off(shellChannels.notice, hear)
    }
  },
  setLanguage: (language) => ipcRenderer.send(shellChannels.language, language),
}

contextBridge.exposeInMainWorld('mtxdeckShell', shell)
