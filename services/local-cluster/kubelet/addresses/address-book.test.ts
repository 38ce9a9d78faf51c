import { expect } from 'chai';
import fc from 'fast-check';
import { createAddressBook, type BindCheck } from './address-book.js';
import { candidateAddresses, isPoolAddress } from './loopback-pool.js';

/** A machine on which these `address:port` are taken by others. */
function machine(taken: readonly string[] = []): BindCheck {
  return (address, port) => Promise.resolve(taken.includes(`${address}:${port}`) ? 'taken' : 'free');
}

const request = (owner: string, preferred?: string) => ({ owner, preferred, ports: [8000] });

describe('candidateAddresses', () => {
  it('stays inside the pool and never repeats within its attempts', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        const candidates = [...candidateAddresses(key, 300)];
        expect(new Set(candidates).size).to.equal(300);
        expect(candidates.every(isPoolAddress)).to.equal(true);
      }),
    );
  });

  it('is the same for the same pod', () => {
    expect([...candidateAddresses('uid-1', 3)]).to.deep.equal([...candidateAddresses('uid-1', 3)]);
  });
});

describe('isPoolAddress', () => {
  for (const address of ['127.0.0.1', '127.15.1.1', '127.16.0.0', '127.16.0.255', '127.16.256.1', '10.0.0.1', 'localhost']) {
    it(`${address} is none`, () => {
      expect(isPoolAddress(address)).to.equal(false);
    });
  }
});

describe('createAddressBook', () => {
  it('gives every pod an address of its own, with the ports of its containers', async () => {
    const book = await createAddressBook(machine());
    const addresses = await Promise.all(Array.from({ length: 500 }, (_, index) => book.acquire(request(`pod-${index}`))));
    expect(new Set(addresses.map(({ ip }) => ip)).size).to.equal(500);
    expect(addresses[0]).to.include({ annotatedPort: undefined });
    expect(addresses[0]?.portOf(8000)).to.equal(8000);
  });

  it('takes the address that the pod had, if it is free', async () => {
    const book = await createAddressBook(machine());
    expect((await book.acquire(request('a', '127.30.1.2'))).ip).to.equal('127.30.1.2');
    expect((await book.acquire(request('b', '127.30.1.2'))).ip).to.not.equal('127.30.1.2');
  });

  it('does not take an address outside the pool back', async () => {
    const book = await createAddressBook(machine());
    expect((await book.acquire(request('a', '127.0.0.1'))).ip).to.not.equal('127.0.0.1');
  });

  it('goes on to the next address when the port is taken there', async () => {
    const [first = '', second = ''] = candidateAddresses('a', 2);
    const book = await createAddressBook(machine([`${first}:8000`]));
    expect((await book.acquire(request('a'))).ip).to.equal(second);
  });

  it('gives an address again once it is released', async () => {
    const book = await createAddressBook(machine());
    const { ip } = await book.acquire(request('a'));
    book.release('a');
    expect((await book.acquire(request('b', ip))).ip).to.equal(ip);
  });

  it('says which port is taken when it is taken everywhere', async () => {
    const book = await createAddressBook((_, port) => Promise.resolve(port === 8000 ? 'taken' : 'free'));
    const error = await book.acquire(request('a')).catch((cause: unknown) => cause);
    expect(String(error)).to.match(/port 8000 is taken on each of 64 loopback addresses/);
  });

  it('gives a free port of 127.0.0.1 where that is the only address, and says so for the annotation', async () => {
    const book = await createAddressBook((address) => Promise.resolve(address === '127.0.0.1' ? 'free' : 'no-such-address'));
    const address = await book.acquire(request('a'));
    expect(address.ip).to.equal('127.0.0.1');
    expect(address.annotatedPort).to.be.greaterThan(0);
    expect(address.portOf(8000)).to.equal(address.annotatedPort);
    expect(address.portOf(9000)).to.equal(9000);
  });

  it('finds by binding that an address of this machine is taken', async () => {
    const one = await createAddressBook();
    const { ip } = await one.acquire({ owner: 'a', preferred: undefined, ports: [] });
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, ip, resolve));
    const { port } = server.address() as { port: number };
    const other = await createAddressBook();
    const address = await other.acquire({ owner: 'a', preferred: ip, ports: [port] });
    await new Promise((resolve) => server.close(resolve));
    expect(address.ip).to.not.equal(ip);
  });
});
