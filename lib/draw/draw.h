/* The door of the room `draw`: pictures as SVG. All of it is public: journey/draw.h. */
#ifndef JN_DRAW_H
#define JN_DRAW_H

#include "journey/draw.h"

#endif
