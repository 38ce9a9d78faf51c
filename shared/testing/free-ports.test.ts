import { createServer } from 'node:net';
import { expect } from 'chai';
import { freePorts } from './free-ports.js';

describe('free ports', () => {
  it('differ, also from those of earlier calls, and lie where no system takes ports by itself', async () => {
    const ports = [...(await freePorts(5)), ...(await freePorts(5))];
    expect(new Set(ports).size).to.equal(10);
    for (const port of ports) expect(port).to.be.within(20_000, 31_999);
  });

  it('leave out one that a program listens on when its turn comes again', async () => {
    const [taken] = await freePorts(1);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    try {
      // A block hands out 99: twice 90 go past all of them.
      expect([...(await freePorts(90)), ...(await freePorts(90))]).to.not.include(taken);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('are refused when there are not as many', async () => {
    const error = await freePorts(100).catch((cause: unknown) => cause);
    expect(String(error)).to.match(/fewer than 100 free ports among \d+ to \d+/);
  });
});
