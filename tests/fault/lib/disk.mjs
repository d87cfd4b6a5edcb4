// A disk of the test's own that can fill up, fail, and lose its power.
//
// It is an ext4 in a file, mounted in the mount namespace that tests/fault/with-disks has made: it
// is gone with the test, however that ends.

import {execFileSync} from 'node:child_process';
import {closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, truncateSync, unlinkSync, writeFileSync, writeSync} from 'node:fs';
import {randomUUID} from 'node:crypto';
import {join} from 'node:path';

import {directory} from '../../integration/lib/processes.mjs';
import {until} from '../../integration/lib/wait.mjs';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing reaches the disk.
const SHUT_DOWN = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))`;

const run = (command, ...args) => execFileSync(command, args, {stdio: ['ignore', 'pipe', 'pipe']}).toString();

/** One that this process may change. */
const bootId = join(directory, 'boot-id');
writeFileSync(bootId, readFileSync(BOOT_ID));
run('mount', '--bind', bootId, BOOT_ID);

export class Disk {
  constructor(t, megabytes = 64) {
    const [platters, base] = ['platters-', 'disk-'].map((name) => mkdtempSync(join(directory, name)));
    for (const folder of [platters, base]) {
      run('mount', '-t', 'tmpfs', '-o', `size=${megabytes + 1}m`, 'disk', folder);
      t.after(() => run('umount', '--lazy', '--recursive', folder));
    }
    this.#image = join(platters, 'image');
    this.directory = join(base, 'mounted');
    mkdirSync(this.directory);
    // Below the disk there is nothing that could be written to while it is away.
    run('mount', '-o', 'remount,ro', base);
    closeSync(openSync(this.#image, 'w'));
    truncateSync(this.#image, megabytes * 1024 * 1024);
    run('mkfs.ext4', '-q', '-F', this.#image);
    this.#mount();
  }

  #image;

  #mount() {
    run('mount', '-o', 'loop', this.#image, this.directory);
  }

  /** Leaves no byte for anybody else. */
  fill() {
    const file = openSync(join(this.directory, 'full'), 'a');
    for (let size = 1 << 20; size > 0; size >>= 1) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      }
    }
    closeSync(file);
  }

  free() {
    unlinkSync(join(this.directory, 'full'));
  }

  /** As the system does it after an error of the disk. */
  turnReadOnly() {
    run('mount', '-o', 'remount,abort', this.directory);
  }

  /** What was not synced is gone. Whoever writes to it has to stand still. */
  cutPower() {
    run('python3', '-c', SHUT_DOWN, this.directory);
    writeFileSync(bootId, randomUUID());
  }

  /** As after a start of the machine: it can be written to again. */
  async mountAgain() {
    await until(() => run('umount', this.directory) === '', 'nobody has a file of it open');
    this.#mount();
  }
}
