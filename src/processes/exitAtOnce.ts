/**
 * Ends this process without waiting for native code. `process.exit` alone joins libuv's threads: one that is blocked in a read, or waits for a callback into
 * JavaScript as FFmpeg's custom IO does, would keep the process for ever. Listeners of `exit` are called first. To a parent it ended by SIGKILL.
 */
export function exitAtOnce(): never {
  process.on('exit', () => process.kill(process.pid, 'SIGKILL'))
  process.exit()
}
