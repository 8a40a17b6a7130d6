/** A log that nobody reads; `ZTC_SIM_LOG=debug` shows it when a seed is looked into. */
import { pino } from 'pino';

export const silentLog = pino({ level: process.env.ZTC_SIM_LOG ?? 'silent' });
