import { request } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { BASE_URL, PASSWORD, USERS, emailOf, signedInFile, tokensFile } from './settings.ts'

/** Signs everyone in once: hashing a password is slow on purpose. Each gets a browser's cookie and a token for the API. */
export default async function signEveryoneIn(): Promise<void> {
  const tokens: Record<string, string> = {}
  for (const user of USERS) {
    const context = await request.newContext({ baseURL: BASE_URL })
    const login = await context.post('/api/v1/auth/login', { data: { email: emailOf(user), password: PASSWORD } })
    if (!login.ok()) throw new Error(`${user} cannot sign in: ${login.status()} ${await login.text()}`)
    const { csrf_token } = (await login.json()) as { csrf_token: string }
    const scopes = user === 'admin' ? ['read', 'write', 'admin'] : ['read', 'write']
    const made = await context.post('/api/v1/tokens', {
      data: { name: 'page tests', scopes },
      headers: { 'X-CSRF-Token': csrf_token },
    })
    if (!made.ok()) throw new Error(`${user} gets no token: ${made.status()} ${await made.text()}`)
    tokens[user] = ((await made.json()) as { token: string }).token
    await context.storageState({ path: signedInFile(user) })
    await context.dispose()
  }
  writeFileSync(tokensFile(), JSON.stringify(tokens), { mode: 0o600 })
}
