// What the demo pages say, by their English words, in German, French and Spanish. `{name}` is filled in by the
// page. The log of the monitor page and its file stay English, for whoever is asked for help. Pure data.

export const LANGUAGES = ["de", "fr", "es"] as const;

/** As in the pages, with single spaces. */
export const WORDS: Readonly<Record<string, readonly [de: string, fr: string, es: string]>> = {
  // all pages
  "Demo pages": ["Demo-Seiten", "Pages de démonstration", "Páginas de demostración"],
  Mixer: ["Mixer", "Mixeur", "Mezclador"],
  Karaoke: ["Karaoke", "Karaoké", "Karaoke"],
  Monitor: ["Monitor", "Retour", "Monitor"],
  Embed: ["Einbetten", "Intégrer", "Integrar"],
  "Everything is computed on this device; no sound leaves it.": [
    "Alles wird auf diesem Gerät berechnet; kein Ton verlässt es.",
    "Tout est calculé sur cet appareil ; aucun son n’en sort.",
    "Todo se calcula en este dispositivo; ningún sonido sale de él.",
  ],
  "Demo song: “Four-part light”, CC0.": [
    "Demo-Lied: „Four-part light“, CC0.",
    "Morceau de démonstration : « Four-part light », CC0.",
    "Canción de muestra: «Four-part light», CC0.",
  ],
  "The library without the element": [
    "Die Bibliothek ohne das Element",
    "La bibliothèque sans l’élément",
    "La biblioteca sin el elemento",
  ],
  "Play the demo song": [
    "Demo-Lied spielen",
    "Jouer le morceau de démo",
    "Tocar la canción de muestra",
  ],

  // mixer
  "Danna-Sep Live: take a song apart while it plays": [
    "Danna-Sep Live: ein Lied zerlegen, während es spielt",
    "Danna-Sep Live : séparer un morceau pendant qu’il joue",
    "Danna-Sep Live: separar una canción mientras suena",
  ],
  "Drop a song and turn its vocals, drums, bass and everything else up and down, live, in this browser. Nothing is uploaded.":
    [
      "Ein Lied ablegen und Gesang, Schlagzeug, Bass und alles Übrige lauter und leiser drehen, live, in diesem Browser. Nichts wird hochgeladen.",
      "Déposez un morceau et réglez voix, batterie, basse et tout le reste, en direct, dans ce navigateur. Rien n’est envoyé.",
      "Suelte una canción y suba o baje voz, batería, bajo y todo lo demás, en directo, en este navegador. No se envía nada.",
    ],
  "Take a song apart while it plays.": [
    "Ein Lied zerlegen, während es spielt.",
    "Séparez un morceau pendant qu’il joue.",
    "Separe una canción mientras suena.",
  ],
  "Drop a song and turn its vocals, drums, bass and everything else up and down, live, in this browser.":
    [
      "Ein Lied ablegen und Gesang, Schlagzeug, Bass und alles Übrige lauter und leiser drehen, live, in diesem Browser.",
      "Déposez un morceau et réglez voix, batterie, basse et tout le reste, en direct, dans ce navigateur.",
      "Suelte una canción y suba o baje voz, batería, bajo y todo lo demás, en directo, en este navegador.",
    ],
  "Now pull Vocals down.": [
    "Nun den Gesang herunterdrehen.",
    "Baissez maintenant la voix.",
    "Ahora baje la voz.",
  ],

  // karaoke
  "Karaoke – Danna-Sep Live": [
    "Karaoke – Danna-Sep Live",
    "Karaoké – Danna-Sep Live",
    "Karaoke – Danna-Sep Live",
  ],
  "Sing to any song: the voice goes while it plays, on this device. Nothing is uploaded.": [
    "Zu jedem Lied singen: Die Stimme geht, während es spielt, auf diesem Gerät. Nichts wird hochgeladen.",
    "Chantez sur n’importe quel morceau : la voix s’efface pendant qu’il joue, sur cet appareil. Rien n’est envoyé.",
    "Cante con cualquier canción: la voz se quita mientras suena, en este dispositivo. No se envía nada.",
  ],
  "Guide vocal": ["Hilfsstimme", "Voix guide", "Voz guía"],
  Off: ["Aus", "Non", "No"],
  Quiet: ["Leise", "Douce", "Suave"],
  Full: ["Voll", "Pleine", "Plena"],
  "Another song": ["Anderes Lied", "Autre morceau", "Otra canción"],
  Save: ["Sichern", "Enregistrer", "Guardar"],
  "Press play first": [
    "Erst auf Wiedergabe drücken",
    "Appuyez d’abord sur lecture",
    "Pulse antes reproducir",
  ],
  Words: ["Text", "Paroles", "Letra"],
  "Full screen": ["Vollbild", "Plein écran", "Pantalla completa"],
  Next: ["Danach", "Ensuite", "Después"],
  "Next song": ["Nächstes Lied", "Suivant", "Siguiente"],
  "Remove “{name}” from the queue": [
    "„{name}“ aus der Warteschlange nehmen",
    "Retirer « {name} » de la file",
    "Quitar «{name}» de la cola",
  ],
  "Added to the queue: {names}": [
    "In die Warteschlange gestellt: {names}",
    "Ajouté à la file : {names}",
    "Añadido a la cola: {names}",
  ],

  // monitor
  "Monitor – Danna-Sep Live": [
    "Monitor – Danna-Sep Live",
    "Retour – Danna-Sep Live",
    "Monitor – Danna-Sep Live",
  ],
  "A microphone or line input taken apart into stems while you play, a few hundredths of a second later.":
    [
      "Ein Mikrofon oder Line-Eingang, beim Spielen in Stems zerlegt, wenige Hundertstelsekunden später.",
      "Un micro ou une entrée ligne séparés en pistes pendant que vous jouez, quelques centièmes de seconde plus tard.",
      "Un micrófono o una entrada de línea separados en pistas mientras toca, unas centésimas de segundo después.",
    ],
  "Hear the room in four parts.": [
    "Den Raum in vier Stimmen hören.",
    "Entendez la pièce en quatre pistes.",
    "Oiga la sala en cuatro pistas.",
  ],
  "A microphone, a mixing desk on the line input, an interface: choose it, press ▶, put on headphones, and pull out what you want less of.":
    [
      "Ein Mikrofon, ein Mischpult am Line-Eingang, ein Interface: auswählen, ▶ drücken, Kopfhörer aufsetzen und wegnehmen, was weniger sein soll.",
      "Un micro, une table de mixage sur l’entrée ligne, une interface : choisissez, appuyez sur ▶, mettez un casque et baissez ce qui est de trop.",
      "Un micrófono, una mesa en la entrada de línea, una interfaz: elija, pulse ▶, póngase auriculares y baje lo que sobra.",
    ],
  "Input and output": ["Eingang und Ausgang", "Entrée et sortie", "Entrada y salida"],
  Input: ["Eingang", "Entrée", "Entrada"],
  Channels: ["Kanäle", "Canaux", "Canales"],
  Level: ["Pegel", "Niveau", "Nivel"],
  "No clip": ["Kein Clip", "Pas de clip", "Sin clip"],
  Clipped: ["Clip!", "Clip !", "¡Clip!"],
  Latency: ["Latenz", "Latence", "Latencia"],
  "Added now": ["Jetzt dazu", "Ajoutée", "Añadida"],
  Output: ["Ausgang", "Sortie", "Salida"],
  Settings: ["Einstellungen", "Réglages", "Ajustes"],
  "Start by itself": ["Von selbst anfangen", "Démarrer tout seul", "Empezar solo"],
  "Nothing is let out yet.": [
    "Noch ist nichts zu hören.",
    "Rien ne sort encore.",
    "Aún no se deja oír nada.",
  ],
  "A microphone near loudspeakers howls; a line input and headphones do not.": [
    "Ein Mikrofon vor Lautsprechern pfeift; ein Line-Eingang und Kopfhörer nicht.",
    "Un micro près de haut-parleurs siffle ; une entrée ligne et un casque, non.",
    "Un micrófono junto a altavoces se acopla; una entrada de línea y unos auriculares, no.",
  ],
  "It is a line input": [
    "Es ist ein Line-Eingang",
    "C’est une entrée ligne",
    "Es una entrada de línea",
  ],
  "Not a line input": ["Kein Line-Eingang", "Pas une entrée ligne", "No es una entrada de línea"],
  "I wear headphones": ["Ich trage Kopfhörer", "Je porte un casque", "Llevo auriculares"],
  "Live input": ["Live-Eingang", "Entrée en direct", "Entrada en directo"],
  "No microphone at hand?": ["Kein Mikrofon da?", "Pas de micro ?", "¿Sin micrófono?"],
  Log: ["Protokoll", "Journal", "Registro"],
  "Save the log": ["Protokoll speichern", "Enregistrer le journal", "Guardar el registro"],
  "{n} on both sides": ["{n} auf beiden Seiten", "{n} des deux côtés", "{n} en ambos lados"],
  "{name} (not connected)": [
    "{name} (nicht angeschlossen)",
    "{name} (non branché)",
    "{name} (no conectado)",
  ],
  "Device {n}": ["Gerät {n}", "Appareil {n}", "Dispositivo {n}"],
  "Stems also on {names}": [
    "Stems auch auf {names}",
    "Pistes aussi sur {names}",
    "Pistas también en {names}",
  ],
  "The input is not allowed": [
    "Der Eingang ist nicht erlaubt",
    "L’entrée n’est pas autorisée",
    "La entrada no está permitida",
  ],
  "Allow the microphone for this page, by the sign in the address bar. Then listening starts by itself.":
    [
      "Das Mikrofon für diese Seite erlauben, am Zeichen in der Adresszeile. Dann geht es von selbst los.",
      "Autorisez le micro pour cette page, par le signe de la barre d’adresse. L’écoute démarre alors toute seule.",
      "Permita el micrófono para esta página, con el signo de la barra de direcciones. Entonces empieza solo.",
    ],
  "Ask again": ["Noch einmal fragen", "Redemander", "Preguntar otra vez"],
  "The input is not connected": [
    "Der Eingang ist nicht angeschlossen",
    "L’entrée n’est pas branchée",
    "La entrada no está conectada",
  ],
  "Plug it in, and listening starts by itself; or choose another one above.": [
    "Anschließen, dann geht es von selbst los; oder oben einen anderen wählen.",
    "Branchez-la et l’écoute démarre toute seule ; ou choisissez-en une autre ci-dessus.",
    "Conéctela y empieza solo; o elija otra arriba.",
  ],
  "Look again": ["Noch einmal suchen", "Chercher encore", "Buscar otra vez"],
  "Another program has the input": [
    "Ein anderes Programm hat den Eingang",
    "Un autre programme utilise l’entrée",
    "Otro programa usa la entrada",
  ],
  "Close that program, or choose another input above. It is tried again every two seconds.": [
    "Das Programm schließen oder oben einen anderen Eingang wählen. Alle zwei Sekunden wird es wieder versucht.",
    "Fermez ce programme ou choisissez une autre entrée ci-dessus. Nouvel essai toutes les deux secondes.",
    "Cierre ese programa o elija otra entrada arriba. Se intenta cada dos segundos.",
  ],
  "Try now": ["Jetzt versuchen", "Essayer maintenant", "Probar ahora"],
  "The input is gone": ["Der Eingang ist weg", "L’entrée a disparu", "La entrada ha desaparecido"],
  "Plug it in again: sound comes back by itself.": [
    "Wieder anschließen: Der Ton kommt von selbst zurück.",
    "Rebranchez-la : le son revient tout seul.",
    "Conéctela de nuevo: el sonido vuelve solo.",
  ],
  "The input’s rate has changed": [
    "Die Abtastrate des Eingangs hat sich geändert",
    "La fréquence de l’entrée a changé",
    "La frecuencia de la entrada ha cambiado",
  ],
  "Listening starts anew at the new rate.": [
    "Das Zuhören beginnt mit der neuen Rate von vorn.",
    "L’écoute reprend à la nouvelle fréquence.",
    "La escucha empieza de nuevo con la nueva frecuencia.",
  ],
  "Start anew": ["Neu anfangen", "Recommencer", "Empezar de nuevo"],
  "The input is muted": [
    "Der Eingang ist stummgeschaltet",
    "L’entrée est coupée",
    "La entrada está silenciada",
  ],
  "A switch on the device or the system’s sound settings have muted it. Sound comes back with them.":
    [
      "Ein Schalter am Gerät oder die Toneinstellungen des Systems haben ihn stummgeschaltet. Mit ihnen kommt der Ton zurück.",
      "Un bouton de l’appareil ou les réglages de son du système l’ont coupée. Le son revient avec eux.",
      "Un botón del dispositivo o los ajustes de sonido del sistema la han silenciado. El sonido vuelve con ellos.",
    ],
  "The browser has paused the sound": [
    "Der Browser hat den Ton angehalten",
    "Le navigateur a suspendu le son",
    "El navegador ha pausado el sonido",
  ],
  "It goes on by itself when the system is awake and lets it.": [
    "Es geht von selbst weiter, sobald das System wach ist und es zulässt.",
    "Il reprend tout seul quand le système est réveillé et le permet.",
    "Sigue solo cuando el sistema está despierto y lo permite.",
  ],
  "Go on": ["Weiter", "Continuer", "Seguir"],
  "This machine is busy": [
    "Dieser Rechner ist ausgelastet",
    "Cette machine est occupée",
    "Este equipo está ocupado",
  ],
  "Sound comes later, so that none is lost. Close other programs and tabs.": [
    "Der Ton kommt später, damit keiner verloren geht. Andere Programme und Tabs schließen.",
    "Le son vient plus tard, pour que rien ne se perde. Fermez d’autres programmes et onglets.",
    "El sonido llega más tarde para que no se pierda nada. Cierre otros programas y pestañas.",
  ],
  "“Safest” asks less of the machine.": [
    "„Am sichersten“ verlangt weniger vom Rechner.",
    "« Le plus sûr » demande moins à la machine.",
    "«El más seguro» exige menos al equipo.",
  ],
  "That did not work": ["Das hat nicht geklappt", "Cela n’a pas fonctionné", "No ha funcionado"],
  "Try again": ["Noch einmal", "Réessayer", "Reintentar"],

  // embed
  "Embed – Danna-Sep Live": [
    "Einbetten – Danna-Sep Live",
    "Intégrer – Danna-Sep Live",
    "Integrar – Danna-Sep Live",
  ],
  "A player in your page whose singer, drums, bass and band each have a knob: one tag, no server, no upload.":
    [
      "Ein Player in der eigenen Seite, in dem Gesang, Schlagzeug, Bass und Band je einen Regler haben: ein Tag, kein Server, kein Hochladen.",
      "Un lecteur dans votre page dont la voix, la batterie, la basse et le groupe ont chacun leur bouton : une balise, aucun serveur, aucun envoi.",
      "Un reproductor en su página en el que voz, batería, bajo y banda tienen cada uno su mando: una etiqueta, sin servidor, sin envíos.",
    ],
  "A knob for the singer, in your page.": [
    "Ein Regler für die Stimme, in der eigenen Seite.",
    "Un bouton pour la voix, dans votre page.",
    "Un mando para la voz, en su página.",
  ],
  "One tag plays an ordinary song and takes it apart on the listener’s device. No server of yours computes anything, and nothing is loaded before somebody presses play.":
    [
      "Ein Tag spielt ein gewöhnliches Lied und zerlegt es auf dem Gerät derer, die zuhören. Kein eigener Server rechnet, und nichts wird geladen, bevor jemand auf Wiedergabe drückt.",
      "Une balise joue un morceau ordinaire et le sépare sur l’appareil de l’auditeur. Aucun serveur à vous ne calcule, et rien n’est chargé avant que quelqu’un appuie sur lecture.",
      "Una etiqueta toca una canción corriente y la separa en el dispositivo de quien escucha. Ningún servidor suyo calcula nada, y nada se carga antes de que alguien pulse reproducir.",
    ],
  "The tag": ["Das Tag", "La balise", "La etiqueta"],
  "By address": ["Über eine Adresse", "Par adresse", "Por dirección"],
  "For any page: a blog, a shop, a static site.": [
    "Für jede Seite: ein Blog, ein Laden, statische Seiten.",
    "Pour toute page : un blog, une boutique, un site statique.",
    "Para cualquier página: un blog, una tienda, un sitio estático.",
  ],
  "This address works only while the demo runs on this computer; put the folder “dist” on a server of your own, and name that.":
    [
      "Diese Adresse gilt nur, solange die Demo auf diesem Rechner läuft; den Ordner „dist“ auf einen eigenen Server legen und den nennen.",
      "Cette adresse ne marche que tant que la démo tourne sur cet ordinateur ; mettez le dossier « dist » sur votre serveur et nommez-le.",
      "Esta dirección solo vale mientras la demo funcione en este equipo; ponga la carpeta «dist» en su servidor y nómbrelo.",
    ],
  "Copy the tag": ["Tag kopieren", "Copier la balise", "Copiar la etiqueta"],
  "As a package": ["Als Paket", "En paquet", "Como paquete"],
  "For apps: Vite and webpack 5 copy what belongs to it.": [
    "Für Apps: Vite und webpack 5 kopieren, was dazugehört.",
    "Pour les applications : Vite et webpack 5 copient ce qu’il faut.",
    "Para aplicaciones: Vite y webpack 5 copian lo que hace falta.",
  ],
  "It is not on npm yet: “npm pack” in its source folder makes the file.": [
    "Auf npm ist es noch nicht: „npm pack“ im Quellordner erzeugt die Datei.",
    "Il n’est pas encore sur npm : « npm pack » dans le dossier des sources crée le fichier.",
    "Aún no está en npm: «npm pack» en la carpeta del código crea el archivo.",
  ],
  "Copy the import": ["Import kopieren", "Copier l’import", "Copiar el import"],
  Copied: ["Kopiert", "Copié", "Copiado"],
  "Selected: copy it with the keyboard": [
    "Markiert: mit der Tastatur kopieren",
    "Sélectionné : copiez au clavier",
    "Seleccionado: cópielo con el teclado",
  ],
  "The weights that come with it are not for commercial use": [
    "Die mitgelieferten Gewichte sind nicht für kommerzielle Zwecke",
    "Les poids fournis ne sont pas destinés à un usage commercial",
    "Los pesos incluidos no son para uso comercial",
  ],
  "(CC BY-NC-SA 4.0, as the songs demand that they learned from); the code is MIT.": [
    "(CC BY-NC-SA 4.0, wie es die Lieder verlangen, an denen sie gelernt haben); der Code ist MIT.",
    "(CC BY-NC-SA 4.0, comme l’exigent les morceaux dont ils ont appris) ; le code est sous licence MIT.",
    "(CC BY-NC-SA 4.0, como exigen las canciones de las que aprendieron); el código es MIT.",
  ],
  "takes weights of your own.": [
    "nimmt eigene Gewichte.",
    "prend vos propres poids.",
    "usa pesos propios.",
  ],
  "As here, wherever there is room: a lane for each stem.": [
    "Wie hier, wo Platz ist: eine Spur für jede Stimme.",
    "Comme ici, là où il y a de la place : une ligne par piste.",
    "Como aquí, donde hay sitio: una línea por pista.",
  ],
  Compact: ["Kompakt", "Compacte", "Compacta"],
  ", or any slot lower than 480 pixels; a button opens the whole mixer over the page.": [
    ", oder jeder Platz unter 480 Pixeln Höhe; ein Knopf öffnet das ganze Mischpult über der Seite.",
    ", ou tout emplacement de moins de 480 pixels de haut ; un bouton ouvre le mixeur entier sur la page.",
    ", o cualquier hueco de menos de 480 píxeles de alto; un botón abre el mezclador entero sobre la página.",
  ],
  "What it weighs": ["Was es wiegt", "Ce que cela pèse", "Lo que pesa"],
  "Measured by this site’s build, from the files that it serves. Later visits have them in the browser’s cache.":
    [
      "Gemessen beim Bauen dieser Seiten, an den Dateien, die sie ausliefern. Bei späteren Besuchen liegen sie im Cache des Browsers.",
      "Mesuré à la construction de ce site, sur les fichiers qu’il sert. Aux visites suivantes, ils sont dans le cache du navigateur.",
      "Medido al construir este sitio, en los archivos que sirve. En visitas posteriores están en la caché del navegador.",
    ],
  "As it is": ["Wie es ist", "Tel quel", "Tal cual"],
  "The element, before the first play": [
    "Das Element, vor der ersten Wiedergabe",
    "L’élément, avant la première lecture",
    "El elemento, antes de la primera reproducción",
  ],
  "Scripts, worklets and workers, with the first play": [
    "Skripte, Worklets und Worker, mit der ersten Wiedergabe",
    "Scripts, worklets et workers, à la première lecture",
    "Scripts, worklets y workers, con la primera reproducción",
  ],
  "Weights: live": ["Gewichte: live", "Poids : live", "Pesos: live"],
  "In all, with a first play": [
    "Alles zusammen, mit einer ersten Wiedergabe",
    "En tout, avec une première lecture",
    "En total, con una primera reproducción",
  ],
};
