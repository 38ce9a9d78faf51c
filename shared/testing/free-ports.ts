import { createServer, type Server } from 'node:net';

/**
 * Below the ports that a system gives to outgoing connections and to listeners on port 0 (from 32768 on Linux, from 49152 elsewhere):
 * between the moment when one of ours is found free and the moment when its program binds it, which can be seconds, nobody is given it.
 */
const FIRST_PORT = 20_000;
const BLOCK_PORTS = 100;
const BLOCKS = 120;

interface Block {
  /** Listening on the first port of the block for as long as this process lives: no other test process takes the block. */
  readonly claim: Server;
  readonly first: number;
  nextOffset: number;
}

let block: Promise<Block> | undefined;

/**
 * So many different TCP ports of loopback that are free now, for programs that cannot choose one themselves. They come from a block that
 * is this process's own, and none comes again before all others of it have been handed out.
 * @throws Error when there is no block or no port left
 */
export async function freePorts(count: number): Promise<number[]> {
  block ??= claimBlock();
  const own = await block;
  const ports: number[] = [];
  for (let tried = 1; tried < BLOCK_PORTS && ports.length < count; tried++) {
    const port = own.first + own.nextOffset;
    own.nextOffset = (own.nextOffset % (BLOCK_PORTS - 1)) + 1;
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count)
    throw new Error(`fewer than ${count} free ports among ${own.first} to ${own.first + BLOCK_PORTS - 1}`);
  return ports;
}

async function claimBlock(): Promise<Block> {
  for (let index = 0; index < BLOCKS; index++) {
    // Processes begin at different blocks, so that they seldom meet.
    const first = FIRST_PORT + ((process.pid + index) % BLOCKS) * BLOCK_PORTS;
    const claim = await listen(first);
    if (claim === undefined) continue;
    claim.unref();
    return { claim, first, nextOffset: 1 };
  }
  throw new Error(`every block of ports from ${FIRST_PORT} on is taken`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
