// What the extension uses of Chrome's own interfaces. Types only.

declare namespace chrome {
  namespace runtime {
    function sendMessage(message: unknown): Promise<unknown>;
    const onMessage: {
      addListener(
        listener: (
          message: unknown,
          sender: unknown,
          respond: (answer: unknown) => void,
        ) => boolean | undefined,
      ): void;
    };
  }
  namespace offscreen {
    function hasDocument(): Promise<boolean>;
    function createDocument(options: {
      url: string;
      reasons: readonly "USER_MEDIA"[];
      justification: string;
    }): Promise<void>;
    function closeDocument(): Promise<void>;
  }
  namespace tabCapture {
    function getMediaStreamId(options: { targetTabId: number }): Promise<string>;
  }
  namespace windows {
    function getLastFocused(options: {
      populate: true;
      windowTypes: readonly "normal"[];
    }): Promise<{ tabs?: { id?: number; active: boolean; title?: string }[] }>;
  }
}
