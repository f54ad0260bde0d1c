import url from './engine.wasm?url'
import type { Answers, Catalogue, Fault, Outcome, Question, Scenario } from './answers'

/** How long the calculation may take to come before the page says that it did not. */
const LOAD_TIMEOUT_MS = 20_000
/** Dragging a slider asks the same for several parts of the page; older answers are worked out again when asked. */
const KEPT_ANSWERS = 32
/** WASI's "function not supported". */
const WASI_ENOSYS = 52

/** What web/wasm/entry.cpp exports. Pointers and sizes are in bytes. */
export interface EngineExports {
  memory: { readonly buffer: ArrayBuffer }
  _initialize(): void
  berth_room(bytes: number): number
  berth_answer(): number
  berth_answer_size(): number
  berth_catalogue(): number
}

type Reply = { ok: true; answer: unknown } | { ok: false; message: string; fields: Fault[] }

/** The token economics library of the server, compiled for the browser: the same code, so the same numbers. */
export class Engine {
  private running: EngineExports | null = null
  private readonly kept = new Map<string, Reply>()
  private listed: Catalogue | null = null

  /** `start` makes an instance with a memory of its own; a fault of the program ends one, and the next is begun. */
  constructor(private readonly start: () => EngineExports) {}

  /** Answers one question about one scenario, or says which fields are at fault. No wait, no request. */
  ask<Q extends Question>(question: Q, scenario: Scenario): Outcome<Answers[Q]> {
    const text = JSON.stringify({ question, scenario })
    const kept = this.kept.get(text)
    if (kept) return kept as Outcome<Answers[Q]>
    try {
      const reply = this.reply(text)
      this.keep(text, reply)
      return reply as Outcome<Answers[Q]>
    } catch (fault) {
      // The next question gets an instance of its own.
      return { ok: false, message: `The calculation stopped on these values (${wordsOf(fault)}).`, fields: [] }
    }
  }

  /** Inputs, presets and quantities, as the library has them. */
  catalogue(): Catalogue {
    this.listed ??= this.use((it) => JSON.parse(read(it, it.berth_catalogue())) as Catalogue)
    return this.listed
  }

  private reply(text: string): Reply {
    return this.use((it) => {
      const bytes = new TextEncoder().encode(text)
      const room = it.berth_room(bytes.length)
      if (room === 0) return { ok: false, message: 'The scenario is too long to be calculated.', fields: [] }
      new Uint8Array(it.memory.buffer, room, bytes.length).set(bytes)
      return JSON.parse(read(it, it.berth_answer())) as Reply
    })
  }

  private use<T>(work: (it: EngineExports) => T): T {
    this.running ??= this.start()
    try {
      return work(this.running)
    } catch (fault) {
      this.running = null
      throw fault
    }
  }

  private keep(text: string, reply: Reply): void {
    this.kept.set(text, reply)
    const oldest = this.kept.keys().next()
    if (this.kept.size > KEPT_ANSWERS && !oldest.done) this.kept.delete(oldest.value)
  }
}

const wordsOf = (fault: unknown): string => (fault instanceof Error ? fault.message : 'no reason given')

/** The text at `from`. The memory may have grown since the last call, so its buffer is asked for anew. */
function read(it: EngineExports, from: number): string {
  return new TextDecoder().decode(new Uint8Array(it.memory.buffer, from, it.berth_answer_size()))
}

/** An engine from compiled code. What the code imports of WASI is for streams that it never writes to. */
export function engineOf(module: WebAssembly.Module): Engine {
  const imports: WebAssembly.Imports = {}
  for (const it of WebAssembly.Module.imports(module)) {
    if (it.kind !== 'function') throw new Error(`the calculation needs a ${it.kind} ${it.name}`)
    const group = (imports[it.module] ??= {})
    group[it.name] = it.name === 'proc_exit' ? leave : () => WASI_ENOSYS
  }
  return new Engine(() => {
    const exports = new WebAssembly.Instance(module, imports).exports as unknown as EngineExports
    exports._initialize()
    return exports
  })
}

function leave(code: number): never {
  throw new Error(`the calculation ended itself with ${code}`)
}

async function compiled(): Promise<WebAssembly.Module> {
  const response = await fetch(url, { signal: AbortSignal.timeout(LOAD_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`the calculation answered ${response.status}`)
  // Compiling while it comes needs the type; a server in between may not know it.
  const streams =
    response.headers.get('Content-Type')?.startsWith('application/wasm') && 'compileStreaming' in WebAssembly
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer())
}

let loading: Promise<Engine> | null = null

/** The page's engine, fetched once. After a failure the next call tries again. */
export function loadEngine(): Promise<Engine> {
  loading ??= compiled()
    .then(engineOf)
    .catch((fault: unknown) => {
      loading = null
      throw fault
    })
  return loading
}
