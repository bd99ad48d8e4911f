import { MiniSearchIndex, serveSearchIndex } from '@grapevine/memory';

serveSearchIndex(self, new MiniSearchIndex());
