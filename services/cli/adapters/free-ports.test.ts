import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { assertPortsFree } from './free-ports.js';

async function problemsOf(host: string, port: number): Promise<string> {
  const wanted = [{ host, port, variable: 'SOME_PORT', service: 'some service' }];
  return assertPortsFree(wanted).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );
}

describe('assertPortsFree', () => {
  it('names the variable of a port that is taken, and lets one pass that is not', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const taken = `port ${port} on 127.0.0.1 (some service) is already in use; choose another with SOME_PORT`;
    expect(await problemsOf('127.0.0.1', port)).to.equal(taken);
    await new Promise((resolve) => server.close(resolve));
    expect(await problemsOf('127.0.0.1', port)).to.equal('none');
    expect(await problemsOf('127.0.0.1', 0)).to.equal('none');
  });

  it('does not take an address that is not of this machine for a port that is taken', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737).
    expect(await problemsOf('192.0.2.1', 31_999))
      .to.contain('cannot listen there')
      .and.contain('EADDRNOTAVAIL');
  });
});
