/** The one import of tsyringe: reflect-metadata must come first, and a second copy of it resolves nothing. */
import 'reflect-metadata';

export {
  container as rootContainer,
  type DependencyContainer,
  inject,
  injectAll,
  injectable,
  Lifecycle,
} from 'tsyringe';
