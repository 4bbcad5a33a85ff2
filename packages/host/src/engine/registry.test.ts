import { expect, test } from 'vitest';
import { keyFor, placeOf, repositoryOf, serverOf } from './registry.js';

test.each([
  ['redis', 'docker.io/library/redis'],
  ['redis:7', 'docker.io/library/redis'],
  ['shop/web:1', 'docker.io/shop/web'],
  ['docker.io/shop/web', 'docker.io/shop/web'],
  ['index.docker.io/shop/web', 'docker.io/shop/web'],
  ['localhost/web', 'localhost/web'],
  ['localhost:5000/web:1', 'localhost:5000/web'],
  ['registry.example:5000/shop/web@sha256:0123', 'registry.example:5000/shop/web'],
  ['registry.example:5000/shop/web:1@sha256:0123', 'registry.example:5000/shop/web'],
])('the image %s is at %s', (image, repository) => expect(repositoryOf(image)).toBe(repository));

test.each([
  ['https://index.docker.io/v1/', 'docker.io'],
  ['docker.io', 'docker.io'],
  ['https://registry.example:5000', 'registry.example:5000'],
  ['http://registry.example/v2/', 'registry.example'],
  ['quay.io/shop', 'quay.io/shop'],
])('the key %s is of %s', (key, place) => expect(placeOf(key)).toBe(place));

test('a key is chosen by what says most, and by whole parts', () => {
  const keys = ['quay.io', 'quay.io/shop/', 'quay.io/shop/web', 'quay.io/sh'];
  expect(keyFor('quay.io/shop/web', keys)).toBe('quay.io/shop/web');
  expect(keyFor('quay.io/shop/other', keys)).toBe('quay.io/shop/');
  expect(keyFor('quay.io/shopping', keys)).toBe('quay.io');
  expect(keyFor('quay.io.example/shop', keys)).toBeUndefined();
});

test('helpers know Docker Hub by its old address', () => {
  expect(serverOf('docker.io/library/redis')).toBe('https://index.docker.io/v1/');
  expect(serverOf('registry.example:5000/shop/web')).toBe('registry.example:5000');
});
