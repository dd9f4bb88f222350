import type { Token } from '../ports/token.ts';
import { token } from '../ports/token.ts';
import type { TranslationService } from './translation.ts';

/** Page walks and the translation cache. */
export const TRANSLATION: Token<TranslationService> = token<TranslationService>('TRANSLATION');
