/** The page for a browser without a session: plain HTML, no script. */
export const signInPage = (problem: string | null): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mtxdeck – sign in</title>
<style>
  :root { color-scheme: dark light; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 14px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText; }
  main { width: min(26rem, calc(100vw - 3rem)); }
  h1 { font-size: 20px; font-weight: 600; margin: 0 0 4px; }
  p { margin: 0 0 20px; opacity: 0.8; }
  label { display: block; margin-bottom: 4px; font-weight: 500; }
  input, button { box-sizing: border-box; width: 100%; font: inherit; padding: 9px 12px; border-radius: 6px; border: 1px solid GrayText; }
  button { margin-top: 12px; cursor: pointer; font-weight: 600; }
  [role="alert"] { margin: 0 0 16px; padding: 8px 12px; border: 1px solid; border-radius: 6px; opacity: 1; }
</style>
</head>
<body>
<main>
  <h1>mtxdeck</h1>
  <p>Sign in with the console's token. It was printed at the first start and lies in the token file on the machine that the console runs on.</p>
  ${problem === null ? '' : `<p role="alert">${problem}</p>`}
  <form method="post" action="/api/sign-in">
    <label for="token">Token</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
    <button type="submit">Sign in</button>
  </form>
</main>
</body>
</html>
`
