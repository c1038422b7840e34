/** Stands here until the page is built. */
export const WelcomePage = () => <h1>Welcome</h1>
